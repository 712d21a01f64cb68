import { connect } from 'node:net';
import { once } from 'node:events';
import type { EndpointOptions } from '../../lib/interfaces/endpoint-options.interface.js';
import { Messages, rawExchange, startServer, upgradeRequest } from './transport-server.js';

const tenThousand = Array.from({ length: 10_000 }, (_, i) => `v${i}`).join(',');

describe('The handshake', () => {
  it('knows the request', async () => {
    const server = await startServer();
    await server.open('/ws?token=a%20b&token=c&__proto__=x', [], { headers: { 'x-app': '1' } });
    const { handshake } = server.peers[0]!.connection;
    expect(handshake.url).toBe('/ws?token=a%20b&token=c&__proto__=x');
    expect(handshake.query.token).toBe('a b');
    expect(Object.keys(handshake.query)).toEqual(['token', '__proto__']);
    expect(handshake.headers['x-app']).toBe('1');
    expect(handshake.ip).toBe('127.0.0.1');
    expect(handshake.principal).toBeUndefined();
  });

  describe('accepts as an upgrade only what RFC 6455 says', () => {
    it.each<[string, Record<string, string>, string, number]>([
      ['POST', {}, 'POST', 405],
      ['another protocol', { Upgrade: 'h2' }, 'GET', 400],
      ['no key', { 'Sec-WebSocket-Key': '' }, 'GET', 400],
      ['a short key', { 'Sec-WebSocket-Key': 'AAAA' }, 'GET', 400],
      ['a key of other characters', { 'Sec-WebSocket-Key': '!3JJHMbDL1EzLkh9GBhXDw==' }, 'GET', 400],
      ['no version', { 'Sec-WebSocket-Version': '' }, 'GET', 426],
      ['an old version', { 'Sec-WebSocket-Version': '8' }, 'GET', 426],
      ['two versions', { 'Sec-WebSocket-Version': '13, 8' }, 'GET', 426],
    ])('%s is refused', async (_, headers, method, status) => {
      const server = await startServer();
      const answer = await server.upgrade('/ws', headers, method);
      expect(answer.status).toBe(status);
      if (status === 405) expect(answer.head).toContain('Allow: GET');
      if (status === 426) expect(answer.head).toContain('Sec-WebSocket-Version: 13');
      expect(server.peers).toEqual([]);
    });

    it('the answer says what is wrong', async () => {
      const server = await startServer();
      const textOf = async (headers: Record<string, string>) => (await server.upgrade('/ws', headers)).text;
      expect(await textOf({ Upgrade: 'h2' })).toBe('Can "Upgrade" only to "WebSocket".');
      expect(await textOf({ Connection: 'keep-alive' })).toBe('"Connection" must be "upgrade".');
      expect(await textOf({ 'Sec-WebSocket-Key': '' })).toBe('"Sec-WebSocket-Key" is missing or invalid.');
      expect(await textOf({ 'Sec-WebSocket-Version': '8' })).toBe('The WebSocket version must be 13.');
    });

    it('HTTP/1.0 is refused', async () => {
      const server = await startServer();
      const { status } = await rawExchange(server.port, upgradeRequest('/ws').replace('HTTP/1.1', 'HTTP/1.0'));
      expect(status).toBe(400);
    });

    it('extensions, however odd, are not agreed', async () => {
      const server = await startServer();
      for (const value of ['permessage-deflate; client_max_window_bits', ';;,;', '__proto__', 'a'.repeat(4_000)]) {
        const { status, head } = await server.upgrade('/ws', { 'Sec-WebSocket-Extensions': value });
        expect(status).toBe(101);
        expect(head.toLowerCase()).not.toContain('extensions');
      }
    });
  });

  describe('agrees the first known sub-protocol that the client lists', () => {
    it.each([
      [['v12.stomp'], 'v12.stomp'],
      [['v10.stomp', 'v12.stomp'], 'v10.stomp'],
      [['mqtt', 'V11.Stomp', 'v12.stomp'], 'V11.Stomp'],
    ])('%j: %s', async (protocols, agreed) => {
      const server = await startServer();
      const client = await server.open('/ws', protocols);
      expect(client.protocol).toBe(agreed);
      expect(server.peers[0]!.connection.protocol).toBe(agreed);
    });

    it.each(['', 'mqtt', '__proto__', 'constructor', 'v12.stompx', 'v12_stomp', 'x'.repeat(8_000)])(
      'none is agreed of "%s"',
      async (header) => {
        const server = await startServer();
        const { status, head } = await server.upgrade('/ws', { 'Sec-WebSocket-Protocol': header });
        expect(status).toBe(101);
        expect(head.toLowerCase()).not.toContain('sec-websocket-protocol');
      },
    );

    it.each(['v12.stomp,', ',', 'v12.stomp, v12.stomp', 'v12 stomp', 'v12.stomp;q=1', '"v12.stomp"', 'v12.stömp'])(
      'the malformed "%s" is refused',
      async (header) => {
        const server = await startServer();
        expect((await server.upgrade('/ws', { 'Sec-WebSocket-Protocol': header })).status).toBe(400);
      },
    );

    it('thousands of names cost no more than their length', async () => {
      const server = await startServer();
      const start = performance.now();
      const { status } = await server.upgrade('/ws', { 'Sec-WebSocket-Protocol': tenThousand.slice(0, 15_001) + 'x' });
      expect(status).toBe(101);
      expect(performance.now() - start).toBeLessThan(1_000);
    });
  });

  describe('asks where the page comes from', () => {
    const host = { Host: 'example.com' };
    it.each<[string[] | undefined, string | undefined, number]>([
      [undefined, undefined, 101],
      [undefined, 'http://example.com', 101],
      [undefined, 'https://EXAMPLE.com', 101],
      [undefined, 'https://example.com:443', 101],
      [undefined, 'https://example.com:8443', 403],
      [undefined, 'https://evil.com', 403],
      [undefined, 'https://example.com.evil.com', 403],
      [undefined, 'https://evil-example.com', 403],
      [undefined, 'https://example.com@evil.com', 403],
      [undefined, 'https://evil.com/example.com', 403],
      [undefined, 'null', 403],
      [undefined, 'https://evil.com, https://example.com', 403],
      [undefined, 'example.com', 403],
      [['*'], 'https://evil.com', 101],
      [['*'], 'null', 101],
      [['https://app.example.com'], 'https://app.example.com', 101],
      [['https://app.example.com'], 'http://app.example.com', 403],
      [['https://app.example.com'], 'https://example.com', 403],
      [['https://app.example.com'], undefined, 101],
      [['https://*.example.com'], 'https://a.b.example.com', 101],
      [['https://*.example.com'], 'https://.example.com.evil.com', 403],
      [['https://*.example.com'], 'https://example.com', 403],
      [['https://*.example.com'], 'https://evil.com?.example.com', 403],
      [['https://*.example.com'], 'https://evil.com/.example.com', 403],
      [['https://*.example.com'], 'https://evil.com:1#.example.com', 403],
      [['http://localhost:*'], 'http://localhost:5173', 101],
      [['http://localhost:*'], 'http://localhost', 403],
      [['http://localhost:[*]'], 'http://localhost', 101],
      [['http://localhost:[80,5173]'], 'http://localhost:5173', 101],
      [['http://localhost:[80,5173]'], 'http://localhost', 101],
      [['http://localhost:[80,5173]'], 'http://localhost:5174', 403],
      [['https://*', 'null'], 'null', 403],
      [['capacitor://localhost'], 'capacitor://localhost', 101],
      [['http://[::1]:8080'], 'http://[::1]:8080', 101],
    ])('%j, %s: %d', async (allowedOrigins, origin, status) => {
      const server = await startServer({ endpoints: [{ path: '/ws', allowedOrigins }] });
      const headers = origin === undefined ? host : { ...host, Origin: origin };
      expect((await server.upgrade('/ws', headers)).status).toBe(status);
      expect(server.peers).toHaveLength(status === 101 ? 1 : 0);
    });

    it('and a pattern with many stars takes linear time', async () => {
      const allowedOrigins = [`http://${'*a'.repeat(20)}*b`];
      const server = await startServer({ endpoints: [{ path: '/ws', allowedOrigins }] });
      const start = performance.now();
      expect((await server.upgrade('/ws', { Origin: `http://${'a'.repeat(2_000)}` })).status).toBe(403);
      expect(performance.now() - start).toBeLessThan(500);
    });
  });

  describe('asks the application', () => {
    const refusedBy = async (endpoint: EndpointOptions): Promise<[number, string]> => {
      const server = await startServer({ endpoints: [{ path: '/ws', ...endpoint }] });
      const { status, head, text } = await server.upgrade();
      expect(server.peers).toEqual([]);
      return [status, head + text];
    };

    it('who the request belongs to', async () => {
      const handshake: EndpointOptions['handshake'] = async ({ headers }) => ({ name: String(headers.cookie) });
      const server = await startServer({ endpoints: [{ path: '/ws', handshake }] });
      await server.open('/ws', [], { headers: { cookie: 'alice' } });
      expect(server.peers[0]!.connection.handshake.principal).toEqual({ name: 'alice' });
    });

    it.each<[string, EndpointOptions['handshake']]>([
      ['throws', () => raise('secret')],
      ['rejects', async () => raise('secret')],
      ['rejects with nothing', () => Promise.reject()],
    ])('and answers 403 without internals when it %s', async (_, handshake) => {
      const [status, answer] = await refusedBy({ handshake });
      expect(status).toBe(403);
      expect(answer).not.toContain('secret');
    });

    it.each<[string, unknown, number]>([
      ['a status, as those of Nest have', { getStatus: () => 401 }, 401],
      ['a status, as those of Express have', { status: 429 }, 429],
      ['a status that refuses nothing', { getStatus: () => 204 }, 403],
      ['a status that is none', { status: 499 }, 403],
      ['a status that is no number', { status: 'failed' }, 403],
    ])('and answers with the status of an error that has %s', async (_, error, status) => {
      const told: unknown[] = [];
      const afterHandshake = (_request: unknown, refusal?: Error) => void told.push(refusal?.name);
      const fail = () => Promise.reject(Object.assign(new Error('secret'), error));
      expect((await refusedBy({ handshake: fail, handshakeInterceptors: [{ afterHandshake }] }))[0]).toBe(status);
      const interceptors = [{ afterHandshake }, { beforeHandshake: fail }];
      expect((await refusedBy({ handshakeInterceptors: interceptors }))[0]).toBe(status);
      expect(told).toEqual(['HandshakeRefusal', 'HandshakeRefusal']);
    });

    it.each<[string, unknown]>([
      ['without a name', { id: 1 }],
      ['with a name that is no text', { name: 1 }],
      ['that is no object', 'alice'],
      ['whose destinationUserName is no text', { name: 'alice', destinationUserName: 1 }],
    ])('and answers 500, with a line in the log, when it names a principal %s', async (_, principal) => {
      const server = await startServer({
        endpoints: [{ path: '/ws', handshake: () => principal as never, sockJs: true }],
      });
      expect((await server.upgrade()).status).toBe(500);
      expect((await server.http('POST', '/ws/0/a/xhr')).status).toBe(500);
      expect(server.peers).toEqual([]);
      expect(server.errors).toEqual([expect.any(TypeError), expect.any(TypeError)]);
    });

    it('by its interceptors, in their order, and tells them in reverse', async () => {
      const calls: string[] = [];
      const interceptor = (name: string) => ({
        beforeHandshake: async (_: unknown, attributes: Map<string, unknown>) => {
          calls.push(`before ${name}`);
          attributes.set(name, calls.length);
        },
        afterHandshake: (_: unknown, error?: Error) => void calls.push(`after ${name} ${error}`),
      });
      const handshakeInterceptors = [interceptor('a'), interceptor('b')];
      const server = await startServer({ endpoints: [{ path: '/ws', handshakeInterceptors }] });
      await server.open();
      expect(calls).toEqual(['before a', 'before b', 'after b undefined', 'after a undefined']);
      expect([...server.peers[0]!.connection.handshake.attributes]).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
    });

    it.each<[string, () => boolean | Promise<boolean>]>([
      ['returns false', () => false],
      ['resolves to false', async () => false],
      ['throws', () => raise('secret')],
      ['rejects', async () => raise('secret')],
    ])('and answers 403 when an interceptor %s', async (_, beforeHandshake) => {
      const told: unknown[] = [];
      const [status, answer] = await refusedBy({
        handshakeInterceptors: [
          { afterHandshake: (_request, error) => void told.push(error?.name) },
          { beforeHandshake, afterHandshake: () => void told.push('must not be told') },
        ],
      });
      expect(status).toBe(403);
      expect(answer).not.toContain('secret');
      expect(told).toEqual(['HandshakeRefusal']);
    });

    it('and connects although an interceptor fails afterwards', async () => {
      const handshakeInterceptors = [{ afterHandshake: () => raise('too late') }];
      const server = await startServer({ endpoints: [{ path: '/ws', handshakeInterceptors }] });
      const client = await server.open();
      const messages = new Messages(client);
      client.send('hi');
      expect(await messages.text()).toBe('hi');
      expect(server.errors).toHaveLength(1);
    });

    it('and answers 503 when that takes too long', async () => {
      const told: unknown[] = [];
      let finish: () => void = () => {};
      const server = await startServer({
        endpoints: [
          {
            path: '/ws',
            handshakeInterceptors: [{ afterHandshake: (_, error) => void told.push(error?.name) }],
            handshake: () => new Promise((resolve) => (finish = () => resolve({ name: 'late' }))),
          },
        ],
        transport: { handshakeTimeout: 60 },
      });
      expect((await server.upgrade()).status).toBe(503);
      finish();
      await new Promise((resolve) => setImmediate(resolve));
      expect(told).toEqual(['HandshakeRefusal']);
      expect(server.peers).toEqual([]);
    });

    it('for a bounded number of clients at a time', async () => {
      const waiting: (() => void)[] = [];
      let calledTwice: () => void = () => {};
      const twice = new Promise<void>((resolve) => (calledTwice = resolve));
      const handshake = (): Promise<null> =>
        new Promise((resolve) => {
          if (waiting.push(() => resolve(null)) === 2) calledTwice();
        });
      const server = await startServer({
        endpoints: [{ path: '/ws', handshake }],
        transport: { handshakeLimit: 2 },
      });
      const first = server.upgrade();
      const second = server.upgrade();
      await twice;
      expect((await server.upgrade()).status).toBe(503);
      waiting.splice(0).forEach((resolve) => resolve());
      expect((await first).status).toBe(101);
      expect((await second).status).toBe(101);
      const third = server.upgrade();
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(0).forEach((resolve) => resolve());
      expect((await third).status).toBe(101);
    });

    it('and opens nothing for a client that has gone meanwhile', async () => {
      let called: (resolve: () => void) => void = () => {};
      const calls = new Promise<() => void>((resolve) => (called = resolve));
      const told: unknown[] = [];
      const server = await startServer({
        endpoints: [
          {
            path: '/ws',
            handshake: () => new Promise((resolve) => called(() => resolve(null))),
            handshakeInterceptors: [{ afterHandshake: (_, error) => void told.push(error?.message) }],
          },
        ],
      });
      const accepted = once(server.server, 'connection');
      const socket = connect(server.port, '127.0.0.1');
      socket.write(upgradeRequest('/ws'));
      const finish = await calls;
      const [line] = (await accepted) as [import('node:net').Socket];
      // Nobody reads from the line now, so only an error of it can tell that the client has gone.
      line.destroy();
      await once(line, 'close');
      finish();
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.peers).toEqual([]);
      expect(told).toEqual(['The client has gone']);
      expect(server.errors).toEqual([]);
    });
  });

  it('ends a connection that the application could not open', async () => {
    const server = await startServer({ onConnection: () => raise('broken') });
    const { closed } = new Messages(server.dial());
    expect((await closed).code).toBe(1006);
    expect(server.errors).toHaveLength(1);
  });
});

function raise(message: string): never {
  throw new Error(message);
}
