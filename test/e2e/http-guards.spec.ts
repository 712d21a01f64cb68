import 'reflect-metadata';
import {
  Controller,
  createParamDecorator,
  ForbiddenException,
  Get,
  HttpException,
  HttpStatus,
  Injectable,
  Module,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { MessageMapping, Payload, SendToUser, StompModule, SubscribeMapping } from '../../lib/index.js';
import { RawStompClient, type RawClientOptions } from '../utils/raw-stomp-client.js';
import type { WireKind } from '../utils/wires.js';

/** What guards written for HTTP know of a request. */
interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly query: Record<string, string>;
  readonly ip: string;
  user?: { name: string; roles?: string[] };
}

interface HttpResponse {
  header(name: string, value: string): unknown;
}

const LIMIT = 2;
const seen: Partial<HttpRequest>[] = [];

/** As Passport's guards: a token says who it is, and the user is left on the request. */
@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const { method, url, headers, query, ip } = request;
    seen.push({ method, url, headers, query, ip });
    const token = headers['authorization']?.replace('Bearer ', '') ?? query['token'];
    if (token === undefined) throw new UnauthorizedException('Who are you?');
    request.user ??= { name: token };
    return true;
  }
}

/** As rate limiters: counts by address and handler, and says on the response what is left. */
@Injectable()
class RateGuard implements CanActivate {
  readonly #counts = new Map<string, number>();

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { ip, headers } = http.getRequest<HttpRequest>();
    const response = http.getResponse<HttpResponse>();
    const key = [context.getClass().name, context.getHandler().name, ip, headers['x-client']].join(' ');
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    response.header('X-RateLimit-Remaining', String(Math.max(LIMIT - count, 0)));
    if (count <= LIMIT) return true;
    response.header('Retry-After', '60');
    throw new HttpException('Not so fast', HttpStatus.TOO_MANY_REQUESTS);
  }
}

const Roles = (...roles: string[]) => SetMetadata('roles', roles);

/** Asks what the method or the class says, and who the request says it is. */
@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [
      context.getHandler(),
      context.getClass(),
    ]);
    const { user } = context.switchToHttp().getRequest<HttpRequest>();
    return roles?.every((role) => user?.roles?.includes(role)) ?? true;
  }
}

/** For routes only. */
@Injectable()
class HttpOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return context.getType<string>() === 'ws';
    throw new ForbiddenException('There is no such page.');
  }
}

const User = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<HttpRequest>().user?.name;
});

@Controller('/chat')
class ChatController {
  @Get()
  @MessageMapping('/who')
  @SendToUser('/queue/who')
  who(@User() user: string): string {
    return user;
  }

  @SubscribeMapping('/who')
  subscribed(@User() user: string): string {
    return user;
  }

  @MessageMapping('/limited')
  @UseGuards(RateGuard)
  @SendToUser('/queue/who')
  limited(@Payload() text: string): string {
    return text;
  }

  @Get('/limited')
  @UseGuards(RateGuard)
  limitedRoute(): string {
    return 'route';
  }

  @MessageMapping('/close')
  @Roles('admin')
  @SendToUser('/queue/who')
  close(): string {
    return 'closed';
  }

  @Get('/hidden')
  @MessageMapping('/hidden')
  @UseGuards(HttpOnlyGuard)
  @SendToUser('/queue/who')
  hidden(): string {
    return 'hidden';
  }
}

@Module({
  imports: [
    StompModule.forRoot({
      endpoints: [{ path: '/ws', sockJs: true }],
      authenticate: ({ login }) => (login === 'root' ? { name: 'root', roles: ['admin'] } : undefined),
    }),
  ],
  controllers: [ChatController],
  providers: [
    { provide: APP_GUARD, useClass: TokenGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
  ],
})
class AppModule {}

const PLATFORMS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };
const WIRES: WireKind[] = ['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'];

describe.each(['Express', 'Fastify'] as const)('A guard written for HTTP, on %s,', (platform) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    app = await NestFactory.create(AppModule, PLATFORMS[platform]() as ExpressAdapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  beforeEach(() => {
    seen.length = 0;
  });

  afterAll(() => app.close());

  /** A client that listens to its replies and its errors. */
  async function connect(headers: Record<string, string> = {}, path = '/ws', options: RawClientOptions = {}) {
    const client = await RawStompClient.open(url + path, { ...options, headers });
    await client.connect('1.2', headers['login'] ? `login:${headers['login']}\n` : '');
    await client.subscribe('replies', '/user/queue/who');
    await client.subscribe('errors', '/user/queue/errors');
    return client;
  }

  async function nextError(client: RawStompClient): Promise<unknown> {
    return JSON.parse((await client.next((frame) => frame.header('subscription') === 'errors')).text);
  }

  const send = (path: string) => `SEND\ndestination:/app${path}\n\ntext\0`;

  it.each(WIRES)('finds the headers of the handshake, and its user reaches the handler (%s)', async (wire) => {
    const client = await connect({ authorization: 'Bearer alice', cookie: 'theme=dark' }, '/ws', { wire });
    client.write(send('/who'));
    expect(await client.body()).toBe('alice');
    expect(seen).toEqual([
      {
        method: 'SEND',
        url: expect.stringMatching(/^\/ws/),
        headers: expect.objectContaining({ authorization: 'Bearer alice', cookie: 'theme=dark' }),
        query: {},
        ip: '127.0.0.1',
      },
    ]);
    client.close();
  });

  it('finds the query of the handshake', async () => {
    const client = await connect({}, '/ws?token=bob&from=page');
    await client.subscribe('who', '/app/who');
    expect(await client.body()).toBe('bob');
    expect(seen).toEqual([
      expect.objectContaining({
        method: 'SUBSCRIBE',
        url: '/ws?token=bob&from=page',
        query: expect.objectContaining({ token: 'bob', from: 'page' }),
      }),
    ]);
    client.close();
  });

  it('turns away messages and subscriptions as it does routes', async () => {
    expect((await fetch(`${url}/chat`)).status).toBe(401);
    const client = await connect();
    client.write(send('/who'));
    expect(await nextError(client)).toMatchObject({ code: 'UNAUTHORIZED', message: 'Who are you?' });
    client.write('SUBSCRIBE\nid:who\ndestination:/app/who\n\n\0');
    expect(await nextError(client)).toMatchObject({ code: 'UNAUTHORIZED', message: 'Who are you?' });
    await client.settled();
    expect(client.take()).toEqual([]);
    client.close();
  });

  it('lets routes through as before', async () => {
    const response = await fetch(`${url}/chat`, { headers: { authorization: 'Bearer alice' } });
    expect(await response.text()).toBe('alice');
  });

  it('counts by address and handler, and may set headers on a response that is none', async () => {
    const headers = { authorization: 'Bearer alice', 'x-client': platform };
    const client = await connect(headers);
    for (let i = 0; i < LIMIT; i++) {
      client.write(send('/limited'));
      expect(await client.body()).toBe('text');
    }
    client.write(send('/limited'));
    expect(await nextError(client)).toMatchObject({ code: 'TOO_MANY_REQUESTS', message: 'Not so fast' });
    const response = await fetch(`${url}/chat/limited`, { headers });
    expect([response.status, response.headers.get('X-RateLimit-Remaining')]).toEqual([200, '1']);
    client.close();
  });

  it('finds the metadata of the method and the user of the session', async () => {
    const authorization = 'Bearer alice';
    const alice = await connect({ authorization });
    alice.write(send('/close'));
    expect(await nextError(alice)).toMatchObject({ message: 'Forbidden resource' });
    const root = await connect({ authorization, login: 'root' });
    root.write(send('/close'));
    expect(await root.body()).toBe('closed');
    alice.close();
    root.close();
  });

  it('can tell a message from a request by the type of the context', async () => {
    const headers = { authorization: 'Bearer alice' };
    expect((await fetch(`${url}/chat/hidden`, { headers })).status).toBe(403);
    const client = await connect(headers);
    client.write(send('/hidden'));
    expect(await client.body()).toBe('hidden');
    client.close();
  });
});
