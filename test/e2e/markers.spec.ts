import { inspect } from 'node:util';
import {
  Controller,
  Injectable,
  Logger,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
  type CanActivate,
  type INestApplication,
  type LoggerService,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { IsInt } from 'class-validator';
import { MessageMapping, Payload, StompModule, type ConnectRequest } from '../../lib/index.js';
import { RawStompClient } from '../utils/raw-stomp-client.js';
import type { WireKind } from '../utils/wires.js';

const SESSIONS = 200;
const WIRES: readonly WireKind[] = ['websocket', 'websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'];
/** Of our own code and of the application's: what a client must not learn of. */
const INSIDES =
  /\n\s+at |node_modules|\.[jt]s\b|\b(Stomp|Simp|Message|Nest)[A-Z]\w+|\b\w+(Exception|Interceptor|Controller)\b|Lock/;

/** Everything that Nest's logger is given, at all levels, objects to their bottom. */
class EverythingLogger implements LoggerService {
  readonly lines: string[] = [];
  readonly log = this.#recorder('log');
  readonly error = this.#recorder('error');
  readonly warn = this.#recorder('warn');
  readonly debug = this.#recorder('debug');
  readonly verbose = this.#recorder('verbose');
  readonly fatal = this.#recorder('fatal');

  #recorder(level: string) {
    return (...parts: unknown[]): void => {
      this.lines.push(`${level} ${inspect(parts, { depth: 10, showHidden: true, maxStringLength: null })}`);
    };
  }
}

class Order {
  @IsInt()
  count!: number;
}

@Injectable()
class Lock implements CanActivate {
  canActivate() {
    return false;
  }
}

@Controller()
class FailingController {
  @MessageMapping('/throws')
  throws() {
    throw new Error('The handler has failed');
  }

  @MessageMapping('/order')
  order(@Payload(new ValidationPipe({ transform: true })) order: Order) {
    return order;
  }

  @MessageMapping('/locked')
  @UseGuards(Lock)
  locked() {}

  @MessageMapping('/circle')
  circle() {
    const circle: Record<string, unknown> = {};
    return Object.assign(circle, { circle });
  }
}

function authenticate({ login }: ConnectRequest) {
  if (login === 'eve') throw new Error('The credentials are wrong');
  if (login === 'mallory') throw new UnauthorizedException();
  return { name: login! };
}

/** What a session does after CONNECTED. */
const CONVERSATIONS: ((client: RawStompClient, marker: string) => Promise<void>)[] = [
  ...[
    '/app/throws',
    '/app/circle',
    '/app/locked',
    '/topic/denied',
    '/app/nobody',
    '/nowhere',
    '/user/bob/queue/a',
    '/topic/refused',
  ].map((destination) => async (client: RawStompClient, marker: string) => {
    client.write(`SEND\ndestination:${destination}\ntoken:${marker}\n\n${marker}\0`);
    await client.settled();
  }),
  ...['{"count":MARKER', '{"count":"MARKER"}', 'MARKER'].map(
    (body) => async (client: RawStompClient, marker: string) => {
      const json = body.replace('MARKER', marker);
      client.write(`SEND\ndestination:/app/order\ncontent-type:application/json\nreceipt:r\n\n${json}\0`);
      await client.next(({ command }) => command === 'MESSAGE' || command === 'ERROR' || command === 'RECEIPT');
    },
  ),
  ...[
    'SEND\ndestination:/topic/a\nMARKER\n\n\0',
    'SEND\ndestination:/topic/a\ntoken:\\xMARKER\n\n\0',
    'MARKER\n\n\0',
    'MESSAGE\ntoken:MARKER\n\nMARKER\0',
    'SEND\ntoken:MARKER\n\nMARKER\0',
    'CONNECT\npasscode:MARKER\n\n\0',
    'ACK\nid:MARKER\n\n\0',
    'COMMIT\ntransaction:MARKER\n\n\0',
    'SUBSCRIBE\nid:MARKER\ndestination:/topic/a\nack:MARKER\n\n\0',
    'SEND\ndestination:/topic/a\ncontent-length:MARKER\n\nMARKER\0',
    `SEND\ndestination:/topic/a\ntoken:MARKER${'x'.repeat(9_000)}\n\nMARKER\0`,
    `SEND\ndestination:/topic/a\n\nMARKER${'x'.repeat(70_000)}\0`,
  ].map((frame) => async (client: RawStompClient, marker: string) => {
    client.write(frame.replaceAll('MARKER', marker));
    await client.next('ERROR');
  }),
];

describe('Secrets of 200 sessions, each with its own marks', () => {
  const logger = new EverythingLogger();
  /** All that was sent to all of them. */
  const answers: { readonly marker: string; readonly text: string }[] = [];
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        StompModule.forRoot({
          endpoints: [
            {
              path: '/ws',
              sockJs: true,
              handshake: ({ headers }) => {
                if (headers['x-refuse'] === 'throw') throw new Error('The handshake has failed');
                return undefined;
              },
              handshakeInterceptors: [{ beforeHandshake: ({ headers }) => headers['x-refuse'] !== 'no' }],
            },
          ],
          authenticate,
          security: (rules) => rules.simpDestMatchers('/topic/denied').denyAll().anyMessage().permitAll(),
          interceptors: {
            clientInboundChannel: [
              {
                preSend: (message) => {
                  if (message.headers.destination === '/topic/refused') throw new Error('The interceptor has failed');
                  return message;
                },
              },
            ],
          },
        }),
      ],
      controllers: [FailingController],
    })
      .setLogger(logger)
      .compile();
    app = module.createNestApplication({ logger });
    Logger.overrideLogger(logger);
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/ws`;
    for (let start = 0; start < SESSIONS; start += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => converse(start + i)));
    }
  });

  afterAll(() => app.close());

  async function converse(index: number): Promise<void> {
    const marker = `m4rk-${index}-z`;
    const wire = WIRES[index % WIRES.length]!;
    const headers = { cookie: `session=${marker}`, authorization: `Bearer ${marker}` };
    const at = wire === 'websocket' ? `${url}?access_token=${marker}` : url;
    if (index % 10 === 9 && wire !== 'sockjs-xhr-streaming') {
      const refused = RawStompClient.open(at, {
        wire,
        headers: { ...headers, 'x-refuse': index % 20 === 9 ? 'no' : 'throw' },
      });
      await expect(refused).rejects.toThrow();
      return;
    }
    const client = await RawStompClient.open(at, { wire, headers });
    const login = index % 10 === 0 ? 'eve' : index % 10 === 1 ? 'mallory' : 'alice';
    const acceptVersion = index % 10 === 2 ? marker : '1.2';
    client.write(
      `CONNECT\naccept-version:${acceptVersion}\nhost:localhost\nlogin:${login}\npasscode:${marker}\nauthorization:Bearer ${marker}\n\n\0`,
    );
    const answer = await client.next(({ command }) => command === 'CONNECTED' || command === 'ERROR');
    expect(answer.command).toBe(index % 10 <= 2 ? 'ERROR' : 'CONNECTED');
    if (answer.command === 'CONNECTED') {
      if (index % 2 === 0) await client.subscribe('errors', '/user/queue/errors');
      // A session that is put out can go no further.
      await CONVERSATIONS[index % CONVERSATIONS.length]!(client, marker).catch(() => {});
    }
    for (const { bytes } of client.messages) answers.push({ marker, text: bytes.toString() });
    client.terminate();
  }

  it('are in no line of the log', () => {
    const lines = logger.lines.filter((line) => /m4rk-/.test(line));
    expect(lines).toEqual([]);
    const text = logger.lines.join('\n');
    for (const expected of [
      'The handler has failed',
      'SEND /topic/refused failed',
      'authenticate failed',
      'AuthorizationDeniedEvent',
    ]) {
      expect(text).toContain(expected);
    }
  });

  it('are told to nobody else', () => {
    const leaks = answers.filter(({ marker, text }) =>
      [...text.matchAll(/m4rk-\d+-z/g)].some(([found]) => found !== marker),
    );
    expect(leaks).toEqual([]);
  });

  it('come back in no answer together with the insides of the server', () => {
    const refusals = answers.map(({ text }) => text).filter((text) => /^ERROR|^error-code:/m.test(text));
    expect(refusals.length).toBeGreaterThan(100);
    expect(refusals.filter((text) => INSIDES.test(text))).toEqual([]);
  });
});
