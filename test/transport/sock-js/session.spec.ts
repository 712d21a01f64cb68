import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { EndpointOptions, SockJsOptions } from '../../../lib/interfaces/endpoint-options.interface.js';
import { SOCK_JS_DEFAULTS } from '../../../lib/transport/sock-js/sock-js.service.js';
import {
  binaryFrame,
  Messages,
  rawExchange,
  startServer,
  textFrame,
  upgradeRequest,
  type TestServerOptions,
} from '../transport-server.js';

const newUrl = (): string => `/ws/000/${randomUUID()}`;

function start(sockJs: SockJsOptions = {}, endpoint: EndpointOptions = {}, options: TestServerOptions = {}) {
  return startServer({ endpoints: [{ path: '/ws', sockJs, ...endpoint }], ...options });
}

describe('A SockJS session', () => {
  it('has an id of our own and knows its transport and its request', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr?token=t`, '', { 'x-app': '1' });
    const { connection } = server.peers[0]!;
    expect(connection.transport).toBe('xhr');
    expect(url).not.toContain(connection.id);
    expect(connection.handshake).toMatchObject({ ip: '127.0.0.1', url: `${url}/xhr?token=t` });
    expect(connection.handshake.headers['x-app']).toBe('1');
  });

  it('keeps what is sent between two requests, in order, far more than a hundred messages', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const texts = Array.from({ length: 5_000 }, (_, i) => `message ${i}`);
    for (const text of texts) server.peers[0]!.connection.send(textFrame(text));
    const received: string[] = [];
    while (received.length < texts.length) {
      received.push(...JSON.parse((await server.http('POST', `${url}/xhr`)).body.slice(1)));
    }
    expect(received).toEqual(texts);
    expect(server.peers[0]!.connection.bufferedBytes).toBe(0);
  });

  it('tells that nothing waits when a stream has taken a last frame that filled it', async () => {
    const server = await start();
    const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
    await stream.line();
    await stream.line();
    const peer = server.peers[0]!;
    peer.connection.send(textFrame('x'.repeat(60_000)));
    await stream.line();
    await until(() => peer.connection.bufferedBytes === 0 && peer.drains > 0);
    stream.abort();
  });

  it('tells that nothing waits when a poll has taken it, not while it is on its way', async () => {
    const server = await start({}, {}, { transport: { sendBufferSizeLimit: 64 * 1_024 * 1_024 } });
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const peer = server.peers[0]!;
    const bytes: number[] = [];
    peer.onDrain = () => void bytes.push(peer.connection.bufferedBytes);
    peer.connection.send(textFrame('x'.repeat(16 * 1_024 * 1_024)));
    await server.http('POST', `${url}/xhr`);
    await until(() => bytes.length > 0);
    expect(bytes).toEqual([0]);
  });

  it('joins what is sent in one turn into one frame', async () => {
    const server = await start();
    const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
    await stream.line();
    await stream.line();
    const frame = textFrame('a');
    for (let i = 0; i < 3; i++) server.peers[0]!.connection.send(frame);
    expect(await stream.line()).toBe('a["a","a","a"]\n');
    expect(frame.sockJsFrame).toBe('a["a"]');
    stream.abort();
  });

  it('gets frames that are not text as the text they decode to', async () => {
    const server = await start();
    const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
    const messages = new Messages(server.dial(`${newUrl()}/websocket`));
    expect(await messages.text()).toBe('o');
    const frame = binaryFrame(Buffer.from([0x41, 0xff, 0x00, 0x42]));
    for (const { connection } of server.peers) connection.send(frame);
    expect(await messages.next()).toEqual({ text: 'a["A\\ufffd\\u0000B"]', isBinary: false });
    await stream.until('o\n');
    expect(await stream.line()).toBe('a["A\\ufffd\\u0000B"]\n');
    stream.abort();
  });

  it('is closed when nobody asks for it any more', async () => {
    const server = await start({ disconnectDelay: 60 });
    await server.http('POST', `${newUrl()}/xhr`);
    expect(await server.peers[0]!.closed).toEqual({ code: 1006, reason: '' });
  });

  it.each(['xhr_streaming', 'websocket'])('hears from the server in silence over %s', async (transport) => {
    const server = await start({ heartbeatTime: 60 });
    if (transport === 'websocket') {
      const messages = new Messages(server.dial(`${newUrl()}/websocket`));
      expect(await messages.take(3)).toEqual(['o', 'h', 'h']);
    } else {
      const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
      await stream.line();
      expect([await stream.line(), await stream.line(), await stream.line()]).toEqual(['o\n', 'h\n', 'h\n']);
      stream.abort();
    }
  });

  it('ends a poll with a heart-beat', async () => {
    const server = await start({ heartbeatTime: 60 });
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('h\n');
  });

  it.each(['xhr_streaming', 'websocket'])(
    'hears no heart-beats of SockJS once STOMP has its own over %s',
    async (transport) => {
      const control = await start({ heartbeatTime: 60 });
      const server = await start(
        { heartbeatTime: 60 },
        {},
        { onConnection: ({ connection }) => connection.connected({ send: 1, receive: 0 }) },
      );
      const beats = new Messages(control.dial(`${newUrl()}/websocket`));
      if (transport === 'websocket') {
        const messages = new Messages(server.dial(`${newUrl()}/websocket`));
        expect(await messages.text()).toBe('o');
        await beats.take(4);
        server.peers[0]!.connection.send(textFrame('only this'));
        expect(await messages.text()).toBe('a["only this"]');
      } else {
        const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
        await stream.until('o\n');
        await beats.take(4);
        server.peers[0]!.connection.send(textFrame('only this'));
        expect(await stream.line()).toBe('a["only this"]\n');
        stream.abort();
      }
    },
  );

  it('closes with what was sent before it', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const { connection, closed } = server.peers[0]!;
    connection.send(textFrame('last'));
    connection.close(1002, 'ERROR "sent"');
    connection.send(textFrame('too late'));
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('a["last"]\n');
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('c[1002,"ERROR \\"sent\\""]\n');
    expect(await closed).toEqual({ code: 1002, reason: 'ERROR "sent"' });
  });

  it('is told of its end in time even if the client does not fetch it', async () => {
    const server = await start({}, {}, { transport: { closeTimeout: 80 } });
    await server.http('POST', `${newUrl()}/xhr`);
    server.peers[0]!.connection.close(1001, 'bye');
    expect(await server.peers[0]!.closed).toEqual({ code: 1001, reason: 'bye' });
  });

  it('terminates at once', async () => {
    const server = await start();
    const url = newUrl();
    const stream = await server.stream('POST', `${url}/xhr_streaming`);
    await stream.until('o\n');
    server.peers[0]!.connection.terminate();
    expect(await stream.isEnded()).toBe(true);
    expect((await server.peers[0]!.closed).code).toBe(1006);
    expect((await server.http('POST', `${url}/xhr_send`, '["a"]')).status).toBe(404);
  });

  it('makes the client wait that sends faster than it is served', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const { connection, received } = server.peers[0]!;
    connection.pause();
    let isAnswered = false;
    const sent = server.http('POST', `${url}/xhr_send`, '["a"]').then(({ status }) => {
      isAnswered = true;
      return status;
    });
    // Another session is served meanwhile.
    const other = newUrl();
    await server.http('POST', `${other}/xhr`);
    await server.http('POST', `${other}/xhr_send`, '["b"]');
    expect([isAnswered, received]).toEqual([false, []]);
    connection.resume();
    expect(await sent).toBe(204);
    expect(received).toEqual(['a']);
  });

  it('reads no more than a few requests with messages at a time, however slowly they come', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const head = `POST ${url}/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`;
    const slow: Socket[] = [];
    const refused = new Promise<string>((resolve) => {
      for (let i = 0; i < 17; i++) {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(`${head}["a"`));
        socket.on('data', (data) => resolve(data.toString()));
        slow.push(socket);
      }
    });
    expect(await refused).toMatch(/^HTTP\/1\.1 429 /);
    // There is room again for those whose requests end, in whatever way.
    const gone = Promise.all(slow.map((socket) => once(socket, 'close')));
    for (const socket of slow) socket.destroy();
    await gone;
    let status = 429;
    while (status === 429) ({ status } = await server.http('POST', `${url}/xhr_send`, '["b"]'));
    expect(status).toBe(204);
    expect(server.peers[0]!.received).toEqual(['b']);
  });

  it('takes messages that come in chunks of one octet', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const text = Array.from({ length: 300 }, (_, i) => i).join(' ');
    const chunks = Array.from(`["${text}"]`, (octet) => `1\r\n${octet}\r\n`).join('');
    const head = `POST ${url}/xhr_send HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect((await rawExchange(server.port, `${head}${chunks}0\r\n\r\n`)).status).toBe(204);
    expect(server.peers[0]!.received).toEqual([text]);
  });

  it('lets no more than a few requests wait', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    server.peers[0]!.connection.pause();
    const sent = Array.from({ length: 20 }, () => server.http('POST', `${url}/xhr_send`, '["a"]'));
    const refused = await Promise.race(sent);
    expect(refused.status).toBe(429);
    server.peers[0]!.connection.close(1001, '');
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(16);
  });

  it.each([
    ['with its length', true],
    ['in pieces', false],
  ])('refuses a body over the limit that comes %s', async (_, hasLength) => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const body = JSON.stringify(['x'.repeat(4 * 65_536)]);
    const head = hasLength
      ? `Content-Length: ${body.length}\r\n\r\n`
      : `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`;
    const { status } = await rawExchange(server.port, `POST ${url}/xhr_send HTTP/1.1\r\nHost: x\r\n${head}${body}`);
    expect(status).toBe(413);
    expect(server.peers[0]!.tooBig).toBe(4 * 65_536);
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('a["ERROR"]\n');
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('c[1009,"too big"]\n');
  });

  it('tells of a WebSocket message over the limit before it closes', async () => {
    const server = await start();
    const client = server.dial(`${newUrl()}/websocket`);
    const messages = new Messages(client);
    expect(await messages.text()).toBe('o');
    client.send(JSON.stringify(['x'.repeat(4 * 65_536)]));
    expect(await messages.take(2)).toEqual(['a["ERROR"]', 'c[1009,"too big"]']);
    expect((await messages.closed).code).toBe(1009);
  });

  it('is one of a bounded number', async () => {
    const server = await start({ sessionLimit: 2 });
    for (let i = 0; i < 2; i++) expect((await server.http('POST', `${newUrl()}/xhr`)).status).toBe(200);
    expect((await server.http('POST', `${newUrl()}/xhr`)).status).toBe(503);
    server.peers[0]!.connection.terminate();
    expect((await server.http('POST', `${newUrl()}/xhr`)).status).toBe(200);
  });

  it('survives a client that goes in the middle of everything', async () => {
    const server = await start();
    for (const name of ['xhr', 'xhr_streaming', 'xhr_send']) {
      for (let i = 0; i < 10; i++) {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(`POST ${newUrl()}/${name} HTTP/1.1\r\nHost: x\r\nContent-Length: ${i}\r\n\r\n`);
        socket.resetAndDestroy();
      }
    }
    expect((await server.http('POST', `${newUrl()}/xhr`)).body).toBe('o\n');
    expect(server.errors).toEqual([]);
  });
});

describe('The transports of SockJS', () => {
  it('are those that the option names', async () => {
    const server = await start({ transports: ['xhr'] });
    const url = newUrl();
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('o\n');
    expect((await server.http('POST', `${url}/xhr_send`, '["a"]')).status).toBe(204);
    expect((await server.http('POST', `${url}/xhr_streaming`)).status).toBe(404);
    expect((await server.http('GET', `${url}/eventsource`)).status).toBe(404);
    expect((await server.http('GET', `${url}/htmlfile?c=x`)).status).toBe(404);
    expect(await new Messages(server.dial(`${newUrl()}/websocket`)).text()).toBe('o');
  });

  it('have the defaults that the reference tells', () => {
    expect(SOCK_JS_DEFAULTS).toEqual({
      heartbeatTime: 25_000,
      disconnectDelay: 5_000,
      streamBytesLimit: 131_072,
      sessionCookieNeeded: true,
      webSocketEnabled: true,
      transports: ['xhr', 'xhr_streaming', 'eventsource', 'htmlfile'],
      suppressCors: false,
      clientLibraryUrl: 'https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js',
      sessionLimit: 10_000,
    });
  });
});

describe('A SockJS client that reads too slowly', () => {
  it('is closed with 4500 between two polls', async () => {
    const server = await start();
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    const { connection, closed } = server.peers[0]!;
    for (let i = 0; i < 600; i++) connection.send(textFrame('x'.repeat(1_024)));
    const reason = 'More than 524288 bytes wait to be read';
    expect(await closed).toEqual({ code: 4500, reason });
    expect((await server.http('POST', `${url}/xhr`)).body).toBe(`c[4500,"${reason}"]\n`);
  });

  it.each(['xhr', 'xhr_streaming', 'websocket'])(
    'is sent no more than 16 times its limit in one turn over %s',
    async (transport) => {
      const server = await start({}, {}, { transport: { sendBufferSizeLimit: 65_536, closeTimeout: 100 } });
      const opened = server.nextPeer();
      const url = `${newUrl()}/${transport}`;
      const { socket } = transport === 'websocket' ? await server.upgrade(url) : { socket: undefined };
      const stream = transport === 'websocket' ? undefined : await server.stream('POST', url);
      socket?.pause();
      stream?.response.pause();
      const { connection, closed } = await opened;
      let most = 0;
      for (let i = 0; i < 100; i++) {
        connection.send(textFrame('x'.repeat(1_024 * 1_024)));
        most = Math.max(most, connection.bufferedBytes);
      }
      expect(most).toBeLessThan(16 * 65_536 + 1_024 * 1_024 + 100);
      expect(await closed).toEqual({ code: 4500, reason: 'More than 65536 bytes wait to be read' });
      socket?.destroy();
      stream?.abort();
    },
  );

  it.each(['xhr_streaming', 'websocket'])('is closed with 4500 and cut over %s', async (transport) => {
    const server = await start({ streamBytesLimit: 2 ** 30 }, {}, { transport: { closeTimeout: 100 } });
    const socket: Socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const opened = server.nextPeer();
    const path = `${newUrl()}/${transport}`;
    socket.write(
      transport === 'websocket'
        ? upgradeRequest(path)
        : `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`,
    );
    const { connection, closed } = await opened;
    const [line] = await accepted;
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    const frame = textFrame('x'.repeat(65_000));
    while (!isClosed) {
      connection.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await closed).code).toBe(4500);
    if (!line.destroyed) await once(line, 'close');
    socket.destroy();
  });

  it('is not a client that gets a burst and reads it', async () => {
    const server = await start();
    const stream = await server.stream('POST', `${newUrl()}/xhr_streaming`);
    await stream.until('o\n');
    const { connection } = server.peers[0]!;
    const url = connection.handshake.url.replace('/xhr_streaming', '');
    for (let i = 0; i < 2_000; i++) connection.send(textFrame(`${i} ${'x'.repeat(1_024)}`));
    const received: string[] = [];
    let current = stream;
    while (received.length < 2_000) {
      const line = await current.line();
      if (line.startsWith('a')) received.push(...JSON.parse(line.slice(1)));
      else if (line === '') current = await server.stream('POST', `${url}/xhr_streaming`);
    }
    expect(received.map((text) => Number.parseInt(text, 10))).toEqual(received.map((_, i) => i));
    current.abort();
  });
});

describe('A SockJS session belongs', () => {
  const handshake: EndpointOptions['handshake'] = ({ headers }) => {
    if (headers['x-user'] === 'nobody') throw new Error('secret');
    return headers['x-user'] ? { name: String(headers['x-user']) } : null;
  };

  it('to the user who opened it', async () => {
    const server = await start({}, { handshake });
    const url = newUrl();
    const as = (name: string, user?: string, body = ''): Promise<{ status: number; body: string }> =>
      server.http('POST', `${url}/${name}`, body, user ? { 'x-user': user } : {});
    expect((await as('xhr', 'alice')).body).toBe('o\n');
    expect(server.peers[0]!.connection.handshake.principal).toEqual({ name: 'alice' });
    for (const thief of ['mallory', undefined]) {
      expect((await as('xhr', thief)).status).toBe(404);
      expect((await as('xhr_send', thief, '["stolen"]')).status).toBe(404);
    }
    expect(await as('xhr', 'nobody')).toMatchObject({ status: 403, body: 'Forbidden' });
    expect((await as('xhr_send', 'alice', '["mine"]')).status).toBe(204);
    expect(server.peers[0]!.received).toEqual(['mine']);
    expect((await as('xhr', 'alice')).body).toBe('a["mine"]\n');
  });

  it('to the one of two users of the same name who opened it', async () => {
    const server = await start(
      {},
      { handshake: ({ headers }) => ({ name: 'Alice', destinationUserName: String(headers['x-user']) }) },
    );
    const url = newUrl();
    expect((await server.http('POST', `${url}/xhr`, '', { 'x-user': 'alice-1' })).body).toBe('o\n');
    expect((await server.http('POST', `${url}/xhr_send`, '["a"]', { 'x-user': 'alice-2' })).status).toBe(404);
    expect((await server.http('POST', `${url}/xhr_send`, '["a"]', { 'x-user': 'alice-1' })).status).toBe(204);
  });

  it('to the host that opened it when nobody is known', async () => {
    const server = await start();
    const url = newUrl();
    expect((await server.http('POST', `${url}/xhr`)).body).toBe('o\n');
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.write(`POST ${url}/xhr_send HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n["a"]`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('404 Not Found');
    expect(server.peers[0]!.received).toEqual([]);
  });

  it('to one of two requests that open it at once', async () => {
    const server = await start({}, { handshake: async (request) => (await null, handshake(request)) });
    const url = newUrl();
    const answers = await Promise.all(
      ['alice', 'mallory'].map((user) => server.http('POST', `${url}/xhr`, '', { 'x-user': user })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    expect(server.peers).toHaveLength(1);
  });
});

describe('A page of another origin', () => {
  const evil = { Origin: 'https://evil.com', Host: 'example.com' };
  const own = { Origin: 'https://example.com', Host: 'example.com' };

  it.each(['info', '0/a/xhr', '0/a/xhr_streaming', '0/a/xhr_send', '0/a/eventsource', '0/a/htmlfile?c=x'])(
    'may not use /%s',
    async (path) => {
      const server = await start();
      const method = path.includes('xhr') ? 'POST' : 'GET';
      for (const answer of [
        await server.http(method, `/ws/${path}`, '', evil),
        await server.http('OPTIONS', `/ws/${path}`, '', evil),
        await server.http(method, `/ws/${path}`, '', { ...evil, Origin: 'null' }),
      ]) {
        expect(answer.status).toBe(403);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
      expect(server.peers).toEqual([]);
    },
  );

  it('may not open a WebSocket', async () => {
    const server = await start();
    for (const path of ['/ws', '/ws/websocket', `${newUrl()}/websocket`]) {
      expect((await server.upgrade(path, evil)).status).toBe(403);
      expect((await server.upgrade(path, own)).status).toBe(101);
    }
  });

  it('is told apart from those that may', async () => {
    const server = await start({}, { allowedOrigins: ['https://*.example.com'] });
    const allowed = { ...evil, Origin: 'https://app.example.com' };
    const answer = await server.http('POST', `${newUrl()}/xhr`, '', allowed);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const withoutOrigin = await server.http('GET', '/ws/info');
    expect(withoutOrigin.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('gets the iframe page only if every page may', async () => {
    const served = async (allowedOrigins?: string[]) =>
      (await start({}, { allowedOrigins })).http('GET', '/ws/iframe.html');
    expect((await served()).headers['x-frame-options']).toBe('SAMEORIGIN');
    expect((await served(['https://example.com'])).status).toBe(404);
    const open = await served(['*']);
    expect([open.status, open.headers['x-frame-options']]).toEqual([200, undefined]);
  });

  it('is told nothing where somebody else sees to CORS, but is refused all the same', async () => {
    const server = await start({ suppressCors: true });
    for (const [method, path] of [
      ['GET', '/ws/info'],
      ['OPTIONS', '/ws/info'],
      ['POST', `${newUrl()}/xhr`],
      ['OPTIONS', `${newUrl()}/xhr`],
    ] as const) {
      const { status, headers } = await server.http(method, path, '', {
        ...own,
        'Access-Control-Request-Headers': 'x',
      });
      expect(status).toBe(method === 'OPTIONS' ? 204 : 200);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect((await server.http(method, path, '', evil)).status).toBe(403);
    }
  });

  it('loads the client library from where the option says', async () => {
    const server = await start({ clientLibraryUrl: '/js/sockjs.js?a="b"&c' });
    expect((await server.http('GET', '/ws/iframe.html')).body).toContain('src="/js/sockjs.js?a=&#34;b&#34;&#38;c"');
  });
});

describe('Interceptors of the handshake', () => {
  it('run once for a session, whatever its transport', async () => {
    const calls: string[] = [];
    const handshakeInterceptors = [
      { beforeHandshake: () => void calls.push('before'), afterHandshake: () => void calls.push('after') },
    ];
    const server = await start({}, { handshakeInterceptors });
    const url = newUrl();
    await server.http('POST', `${url}/xhr`);
    await server.http('POST', `${url}/xhr_send`, '["a"]');
    await server.http('POST', `${url}/xhr`);
    expect(calls).toEqual(['before', 'after']);
    expect(await new Messages(server.dial(`${newUrl()}/websocket`)).text()).toBe('o');
    expect(calls).toHaveLength(4);
  });

  it('refuse a session', async () => {
    const server = await start({}, { handshakeInterceptors: [{ beforeHandshake: () => false }] });
    expect(await server.http('POST', `${newUrl()}/xhr`)).toMatchObject({ status: 403, body: 'Forbidden' });
    expect((await server.upgrade(`${newUrl()}/websocket`)).status).toBe(403);
    expect(server.peers).toEqual([]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
