import { Controller, Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  MessageMapping,
  Principal,
  SendToUser,
  StompContext,
  type ChannelInterceptor,
  type ConnectRequest,
} from '../../lib/index.js';
import { startServer, type StartedServer } from './support/start-server.js';

interface Account extends Principal {
  readonly roles: readonly string[];
}

const ACCOUNTS: Record<string, Account> = {
  'Bearer a1': { name: 'alice', roles: ['ADMIN'] },
  'Bearer b1': { name: 'bob', roles: [] },
};

const calls: string[] = [];

/** Whatever the client says of itself, the token decides. */
async function byToken({ headers, handshake }: ConnectRequest): Promise<Account | undefined> {
  const token = headers.get('authorization') ?? handshake.query.token;
  calls.push('authenticate');
  if (token === undefined) return undefined;
  const account = await Promise.resolve(ACCOUNTS[token]);
  if (!account) throw new Error(`There is no token ${token}`);
  return account;
}

@Injectable()
class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<{ user?: Account }>();
    return user?.roles.includes('ADMIN') ?? false;
  }
}

/** Nobody hands it the user. */
@Injectable()
class AuditService {
  who(): string | undefined {
    return StompContext.current()?.user?.name;
  }
}

@Controller()
class AdminController {
  constructor(private readonly audit: AuditService) {}

  @MessageMapping('/restart')
  @UseGuards(AdminGuard)
  @SendToUser('/queue/done')
  async restart(): Promise<string> {
    await Promise.resolve();
    return `restarted by ${this.audit.who()}`;
  }
}

describe('A token', () => {
  let server: StartedServer;

  beforeAll(async () => {
    const noting: ChannelInterceptor = {
      preSend: (message) => {
        const { command, user } = message.headers;
        // That of the test before may come late.
        if (command !== 'DISCONNECT') calls.push(`${command} of ${user?.name}`);
        return message;
      },
    };
    server = await startServer({
      stomp: { authenticate: byToken, asyncContext: true, interceptors: { clientInboundChannel: [noting] } },
      controllers: [AdminController],
      providers: [AuditService],
    });
  });

  beforeEach(() => {
    calls.length = 0;
  });

  afterAll(() => server.stop());

  it('in CONNECT says who the session belongs to, before any interceptor is asked', async () => {
    const client = await server.open();
    expect((await client.connect('1.2', 'authorization:Bearer a1\n')).header('user-name')).toBe('alice');
    await client.settled();
    expect(calls).toEqual(['authenticate', 'CONNECT of alice', 'SEND of alice']);
    client.terminate();
  });

  it('in the query of the handshake does, too', async () => {
    const client = await server.open('/ws?token=Bearer%20b1');
    expect((await client.connect()).header('user-name')).toBe('bob');
    client.terminate();
  });

  it('that is wrong refuses the client with one ERROR, which does not say why', async () => {
    const client = await server.open();
    client.write('CONNECT\naccept-version:1.2\nauthorization:Bearer c1\n\n\0SEND\ndestination:/topic/a\n\n\0');
    const error = await client.next('ERROR');
    expect([error.header('code'), error.text]).toEqual([
      'STOMP_ERR_AUTHENTICATION',
      'The credentials were not accepted.',
    ]);
    expect((await client.closed).code).toBe(1002);
    expect(client.take()).toEqual([]);
    expect(calls).toEqual(['authenticate']);
  });

  it('is asked for once, and what it stands for is known to guards and services', async () => {
    const [alice, bob, stranger] = await Promise.all(
      ['authorization:Bearer a1\n', 'authorization:Bearer b1\n', ''].map((headers) => server.connect('/ws', headers)),
    );
    for (const client of [alice!, bob!, stranger!]) {
      await client.subscribe('errors', '/user/queue/errors');
      await client.subscribe('done', '/user/queue/done');
      client.write('SEND\ndestination:/app/restart\n\n\0');
    }
    expect(await alice!.body()).toBe('restarted by alice');
    for (const client of [bob!, stranger!]) {
      const message = await client.next('MESSAGE');
      expect([message.header('subscription'), JSON.parse(message.text).message]).toEqual([
        'errors',
        'Forbidden resource',
      ]);
    }
    expect(calls.filter((call) => call === 'authenticate')).toHaveLength(3);
    for (const client of [alice!, bob!, stranger!]) client.terminate();
  });
});
