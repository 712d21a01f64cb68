import { inspect } from 'node:util';
import { StompException } from '../../lib/exceptions/stomp.exception.js';
import {
  AuditEvent,
  AuthenticationFailureEvent,
  AuthorizationDeniedEvent,
  HandshakeRefusedEvent,
  ProtocolErrorEvent,
  RateLimitExceededEvent,
  SlowConsumerEvent,
} from '../../lib/session/audit-events.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { HandshakeRefusal } from '../../lib/transport/handshake-refusal.js';
import { RawStompClient } from '../utils/raw-stomp-client.js';
import { SOCK_JS_WIRES, type WireKind } from '../utils/wires.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';

const WIRES: readonly WireKind[] = ['websocket', ...SOCK_JS_WIRES];
const SECRET = 'open sesame';

let server: SocketServer | undefined;
let told: AuditEvent[] = [];
/** Who waits for the next event. */
let tell: (event: AuditEvent) => void = () => {};

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(options: SocketServerOptions): Promise<SocketServer> {
  server = await SocketServer.start(options);
  told = [];
  server.runtime.events.subscribe(
    (event) => {
      told.push(event as AuditEvent);
      tell(event as AuditEvent);
    },
    [AuditEvent],
  );
  return server;
}

function nextEvent(): Promise<AuditEvent> {
  return new Promise((resolve) => (tell = resolve));
}

function expectNoSecret(): void {
  expect(inspect(told, { depth: 10, showHidden: true })).not.toContain(SECRET);
}

describe('Those who watch over the server', () => {
  it.each([
    ['throws', 'eve', 'STOMP_ERR_AUTHENTICATION'],
    ['names credentials that have expired', 'carol', 'STOMP_ERR_EXPIRED'],
  ])('are told when authenticate %s', async (_, login, code) => {
    await start({
      authenticate: ({ login: name }) => {
        if (name === 'eve') throw new StompException('STOMP_ERR_AUTHENTICATION', SECRET);
        return { name: name!, expiresAt: 1 };
      },
    });
    const client = await server!.open();
    client.write(`CONNECT\naccept-version:1.2\nhost:localhost\nlogin:${login}\npasscode:${SECRET}\n\n\0`);
    await client.next('ERROR');
    expect(told).toEqual([expect.any(AuthenticationFailureEvent)]);
    expect(told[0]).toMatchObject({ code, ip: '127.0.0.1', command: 'CONNECT', user: undefined });
    expect(told[0]!.sessionId).toEqual(expect.any(String));
    expect(Date.now() - told[0]!.timestamp).toBeLessThan(5_000);
    expectNoSecret();
  });

  it('are not told that good credentials have expired as they should', async () => {
    await start({ authenticate: () => ({ name: 'alice', expiresAt: Date.now() + 100 }) });
    await (await server!.connect()).next('ERROR');
    expect(told).toEqual([]);
  });

  it.each([true, false])(
    'are told once of a frame that the rules deny; its client listens for errors: %s',
    async (listens) => {
      await start({
        authenticate: () => ({ name: 'alice' }),
        security: (rules) => rules.simpMessageDestMatchers('/topic/**').denyAll().anyMessage().permitAll(),
      });
      const client = await server!.connect();
      if (listens) await client.subscribe('errors', '/user/queue/errors');
      client.write(`SEND\ndestination:/topic/a\ntoken:${SECRET}\n\n${SECRET}\0`);
      await client.next(listens ? 'MESSAGE' : 'ERROR');
      expect(told).toEqual([expect.any(AuthorizationDeniedEvent)]);
      expect(told[0]).toMatchObject({
        code: 'ACCESS_DENIED',
        command: 'SEND',
        destination: '/topic/a',
        user: { name: 'alice' },
      });
      expectNoSecret();
    },
  );

  it('are told of a CONNECT that an interceptor drops', async () => {
    await start({
      interceptors: {
        clientInboundChannel: [{ preSend: (message) => (message.headers.command === 'CONNECT' ? null : message) }],
      },
    });
    const client = await server!.open();
    client.write('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0');
    await client.next('ERROR');
    expect(told).toEqual([expect.any(AuthorizationDeniedEvent)]);
    expect(told[0]).toMatchObject({ code: 'STOMP_ERR_ACCESS_DENIED', command: 'CONNECT', destination: undefined });
  });

  it('are told of what comes too fast', async () => {
    await start({ rateLimits: [{ destination: '/topic/**', frames: { perSecond: 0.001, burst: 1 } }] });
    const client = await server!.connect();
    for (let i = 0; i < 2; i++) client.write(`SEND\ndestination:/topic/a\n\n${SECRET}\0`);
    await client.next('ERROR');
    expect(told).toEqual([expect.any(RateLimitExceededEvent)]);
    expect(told[0]).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', destination: '/topic/a' });
    expectNoSecret();
  });

  it.each([
    ['is none', `SEND\ndestination:/topic/a\n${SECRET}\n\n\0`, { code: 'STOMP_ERR_MALFORMED_FRAME' }],
    ['is a command that nobody knows', `${SECRET}\n\n\0`, { code: 'STOMP_ERR_UNKNOWN_COMMAND' }],
    [
      'comes when it may not',
      `STOMP\npasscode:${SECRET}\n\n\0`,
      { code: 'STOMP_ERR_ALREADY_CONNECTED', command: 'STOMP' },
    ],
    ['names no message', `ACK\nid:${SECRET}\n\n\0`, { code: 'STOMP_ERR_ACK', command: 'ACK' }],
    [
      'is too large',
      `SEND\ndestination:/topic/a\n\n${SECRET}${'x'.repeat(70_000)}\0`,
      { code: 'STOMP_ERR_FRAME_TOO_LARGE' },
    ],
  ])('are told that a session has ended because a frame %s', async (_, frame, expected) => {
    await start({ authenticate: () => ({ name: 'alice' }) });
    const client = await server!.connect();
    client.write(frame);
    await client.next('ERROR');
    expect(told).toEqual([expect.any(ProtocolErrorEvent)]);
    expect(told[0]).toMatchObject({ ...expected, user: { name: 'alice' }, ip: '127.0.0.1' });
    expectNoSecret();
  });

  it('are not told of handlers that fail, nor of clients that leave', async () => {
    await start({
      application: ({ headers }) => {
        if (headers.destination === '/app/fail') throw new Error(SECRET);
      },
    });
    const client = await server!.connect();
    client.write('SEND\ndestination:/app/fail\nreceipt:r\n\n\0');
    await client.next('ERROR');
    await (await server!.connect()).receipt('DISCONNECT\n\n\0');
    expect(told).toEqual([]);
  });

  it.each(WIRES)('are told of a client that reads too slowly, over %s', async (wire) => {
    await start({ transport: { sendTimeLimit: 200, sendBufferSizeLimit: 10_000 } });
    const client = await server!.connect('1.2', '', { wire });
    await client.subscribe('s', '/topic/a');
    client.pause();
    const event = nextEvent();
    const payload = 'x'.repeat(60_000);
    const flood = setInterval(() => {
      for (let i = 0; i < 50; i++) void server!.runtime.template.convertAndSend('/topic/a', payload);
    }, 10);
    expect(await event).toBeInstanceOf(SlowConsumerEvent);
    clearInterval(flood);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ code: '4500', command: undefined, ip: '127.0.0.1' });
    client.terminate();
  });

  it.each([
    ['its Origin', { origin: 'https://evil.example' }, 403],
    ['the handshake', { token: 'wrong' }, 401],
    ['an interceptor', { banned: 'yes' }, 403],
  ])('are told of a request that is refused by %s', async (_, headers: Record<string, string>, status) => {
    await start({
      endpoints: [
        {
          path: '/ws',
          sockJs: true,
          handshake: (request) => {
            if (request.headers['token'] === 'wrong') throw new HandshakeRefusal(401);
            return undefined;
          },
          handshakeInterceptors: [{ beforeHandshake: (request) => request.headers['banned'] === undefined }],
        },
      ],
    });
    const refusals = [
      () => expect(server!.open({ headers })).rejects.toThrow(),
      () => expect(server!.open({ wire: 'sockjs-websocket', headers })).rejects.toThrow(),
      async () => {
        const response = await fetch(`${server!.url}/000/abc/xhr_streaming`, { method: 'POST', headers });
        expect(response.status).toBe(status);
      },
    ];
    for (const refusal of refusals) {
      told = [];
      await refusal();
      expect(told).toEqual([expect.any(HandshakeRefusedEvent)]);
      expect(told[0]).toMatchObject({ status, code: `HTTP_${status}`, origin: headers['origin'], ip: '127.0.0.1' });
      expect((told[0] as HandshakeRefusedEvent).path).toMatch(/^\/ws/);
      expect(told[0]!.sessionId).toBeUndefined();
    }
  });

  it('get no query of a refused request, which may hold a token', async () => {
    await start({ endpoints: [{ path: '/ws', handshakeInterceptors: [{ beforeHandshake: () => false }] }] });
    await expect(RawStompClient.open(`${server!.url}?token=s3same`)).rejects.toThrow();
    expect(told[0]).toMatchObject({ path: '/ws', status: 403 });
    expect(inspect(told)).not.toContain('s3same');
  });

  it('are not told of what is no handshake, or a mistake of the application', async () => {
    await start({
      endpoints: [
        {
          path: '/ws',
          handshakeInterceptors: [
            {
              beforeHandshake: () => {
                throw { status: 500 };
              },
            },
          ],
        },
      ],
    });
    expect((await fetch(server!.url)).status).toBeGreaterThanOrEqual(400);
    await expect(server!.open()).rejects.toThrow();
    expect(told).toEqual([]);
  });

  it('that fail harm nobody', async () => {
    await start({ security: (rules) => rules.simpDestMatchers('/topic/a').denyAll().anyMessage().permitAll() });
    server!.runtime.events.subscribe(() => {
      throw new Error('no');
    }, [AuthorizationDeniedEvent]);
    const client = await server!.connect();
    await client.subscribe('errors', '/user/queue/errors');
    client.write('SEND\ndestination:/topic/a\n\n\0');
    await client.next('MESSAGE');
    await client.settled();
    expect(told).toHaveLength(1);
    expect(server!.errors).toEqual([new Error('no')]);
  });
});

describe('The log, when nobody watches over the server', () => {
  const startLogged = async () => {
    const lines: string[] = [];
    const errors: string[] = [];
    const runtime = new StompRuntime(
      resolveOptions({
        authenticate: ({ login }) => {
          if (login === 'eve') throw new Error('no');
          return { name: 'alice' };
        },
        security: (rules) => rules.simpDestMatchers('/topic/a').denyAll().anyMessage().permitAll(),
      }),
      { debug: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => errors.push(line) },
      () => ({ code: 'ACCESS_DENIED', message: SECRET, isDenied: true, isUnexpected: true }),
    );
    await runtime.start();
    return {
      runtime,
      lines,
      errors,
      connect: (login: string) =>
        StompTestClient.connect({ get: () => runtime }, { headers: { 'accept-version': '1.2', login } }),
    };
  };

  it('says in a line who has been refused what', async () => {
    const { connect, lines } = await startLogged();
    const client = await connect('alice');
    client.transmit('SEND', { destination: '/topic/a', token: SECRET }, SECRET);
    await client.next('ERROR');
    expect(lines).toEqual([
      `AuthorizationDeniedEvent "ACCESS_DENIED": SEND, "/topic/a", session ${client.sessionId}, user "alice", 127.0.0.1`,
    ]);
  });

  it('is not flooded by a flood of refusals', async () => {
    const { connect, lines, errors } = await startLogged();
    const client = await connect('alice');
    await client.subscribe('/user/queue/errors');
    for (let i = 0; i < 500; i++) client.transmit('SEND', { destination: '/topic/a' });
    await client.settled();
    expect(client.take('MESSAGE')).toHaveLength(500);
    expect(lines).toHaveLength(20);
    for (let i = 0; i < 100; i++) await expect(connect('eve')).rejects.toThrow('STOMP_ERR_AUTHENTICATION');
    expect(lines.filter((line) => line.startsWith('AuthenticationFailureEvent'))).toHaveLength(20);
    expect(lines).toHaveLength(40);
    expect(errors.filter((line) => line === 'authenticate failed')).toHaveLength(20);
  });

  it('says nothing when somebody does', async () => {
    const { runtime, connect, lines } = await startLogged();
    runtime.events.subscribe(() => {}, [AuthorizationDeniedEvent]);
    const client = await connect('alice');
    client.transmit('SEND', { destination: '/topic/a' });
    await client.next('ERROR');
    expect(lines).toEqual([]);
  });
});
