import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { jest } from '@jest/globals';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { StompServer } from '../../lib/transport/stomp-server.js';
import { exchange, LIMITS, Messages, rawExchange, startServer, upgradeRequest } from './transport-server.js';

const ECHO = { endpoints: [{ path: '/ws' }, { path: '/sockjs', sockJs: true }] };

async function echoes(server: Awaited<ReturnType<typeof startServer>>): Promise<boolean> {
  const client = await server.open();
  const messages = new Messages(client);
  client.send('hi');
  return (await messages.text()) === 'hi';
}

/** As `WsAdapter` of Nest does: every upgrade whose path is not its own is destroyed. */
function destroyOthers(server: Server, path: string): WebSocketServer {
  const gateway = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url === path) gateway.handleUpgrade(request, socket, head, (client) => client.send('gateway'));
    else socket.destroy();
  });
  return gateway;
}

describe('HttpServerAttachment', () => {
  it('answers an upgrade that nobody wants with 404 and closes', async () => {
    const server = await startServer(ECHO);
    const answer = await server.upgrade('/other');
    expect(answer.status).toBe(404);
    expect(answer.head).toContain('Connection: close');
  });

  it('leaves upgrades of other paths to those who listen', async () => {
    const http = createServer();
    destroyOthers(http, '/gateway');
    const server = await startServer({ ...ECHO, server: http });
    const client = server.dial('/gateway');
    expect(await new Messages(client).text()).toBe('gateway');
    expect((await server.upgrade('/other')).status).toBe(0);
    expect(await echoes(server)).toBe(true);
  });

  it('is not disturbed by those who begin to listen later', async () => {
    const server = await startServer(ECHO);
    destroyOthers(server.server, '/gateway');
    expect(await echoes(server)).toBe(true);
    expect(await new Messages(server.dial('/gateway')).text()).toBe('gateway');
    server.stomp.attach(server.server);
    expect(await echoes(server)).toBe(true);
  });

  it('calls the other listeners in their order and with the server as this', async () => {
    const calls: unknown[] = [];
    const http = createServer(function (this: Server, _: IncomingMessage, response: ServerResponse) {
      calls.push(['first', this === http]);
      response.end('theirs');
    });
    const server = await startServer({ ...ECHO, server: http });
    http.on('request', () => calls.push(['second']));
    http.prependListener('request', () => calls.push(['zeroth']));
    expect((await server.http('GET', '/page')).body).toBe('theirs');
    expect((await server.http('GET', '/sockjs')).body).toBe('Welcome to SockJS!\n');
    expect(calls).toEqual([['zeroth'], ['first', true], ['second']]);
  });

  it.each(['before', 'after'])('lives with socket.io that was attached %s', async (when) => {
    const http = createServer((_, response) => response.end('page'));
    const attachSocketIo = (): SocketIoServer => {
      const server = new SocketIoServer(http, { destroyUpgradeTimeout: 50 } as object);
      server.on('connection', (socket) => socket.emit('hello', 'from socket.io'));
      return server;
    };
    let socketIo = when === 'before' ? attachSocketIo() : undefined;
    const server = await startServer({ ...ECHO, server: http });
    socketIo ??= attachSocketIo();
    server.stomp.attach(http);
    const client = await server.open();
    const messages = new Messages(client);
    const other = io(`http://127.0.0.1:${server.port}`, { transports: ['websocket'] });
    const hello = await new Promise((resolve) => other.on('hello', resolve));
    other.disconnect();
    expect(hello).toBe('from socket.io');
    // Longer than socket.io leaves unknown upgrades alive.
    const { socket } = await server.upgrade('/unknown');
    if (!socket.destroyed) await once(socket, 'close');
    client.send('still here');
    expect(await messages.text()).toBe('still here');
    expect((await server.http('GET', '/page')).body).toBe('page');
    socketIo.disconnectSockets(true);
  });

  it('serves one server once, however often it is attached', async () => {
    const server = await startServer(ECHO);
    server.stomp.attach(server.server);
    server.stomp.attach(server.server);
    expect(await echoes(server)).toBe(true);
    expect(server.peers).toHaveLength(1);
  });

  it('is attached again where all listeners were removed', async () => {
    const server = await startServer(ECHO);
    server.server.removeAllListeners('upgrade');
    server.stomp.attach(server.server);
    expect(await echoes(server)).toBe(true);
  });

  it('leaves the server as it was when it is detached', async () => {
    const listener = jest.fn((_: IncomingMessage, response: ServerResponse) => void response.end('theirs'));
    const http = createServer(listener);
    const server = await startServer({ ...ECHO, server: http });
    server.stomp.detach(http);
    expect((await server.http('GET', '/sockjs')).body).toBe('theirs');
    expect(Object.hasOwn(http, 'emit')).toBe(false);
    expect(http.listenerCount('upgrade')).toBe(0);
    server.stomp.attach(http);
    expect((await server.http('GET', '/sockjs')).body).toBe('Welcome to SockJS!\n');
  });

  it('lets everything pass after it is detached from below another', async () => {
    const server = await startServer(ECHO);
    const above = new StompServer({
      endpoints: [{ path: '/above' }],
      transport: LIMITS,
      log: { debug: () => {}, warn: () => {}, error: () => {} },
      onConnection: (connection) => connection.terminate(),
    });
    above.attach(server.server);
    server.stomp.detach(server.server);
    server.server.on('request', (_, response) => response.end('theirs'));
    expect((await server.http('GET', '/sockjs')).body).toBe('theirs');
    above.detach(server.server);
  });

  it.each(['//', '*', 'http://[', '/%', '/ws%2', '/\\', '/ws?%', 'http://localhost/ws/..', '/é', '///ws'])(
    'is not upset by the request target %s',
    async (target) => {
      const server = await startServer({ ...ECHO, server: createServer((_, response) => response.end('theirs')) });
      const upgraded = await rawExchange(server.port, Buffer.from(upgradeRequest(target), 'latin1'));
      expect([101, 400, 404]).toContain(upgraded.status);
      await rawExchange(
        server.port,
        Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'),
      );
      expect(await echoes(server)).toBe(true);
      expect(server.errors).toEqual([]);
    },
  );

  it.each(['/ws/', '/ws?token=1', 'http://localhost/ws', '/ws#x'])('knows its path as %s', async (target) => {
    const server = await startServer(ECHO);
    expect((await server.upgrade(target)).status).toBe(101);
  });

  it('serves an endpoint at the root and leaves the page there to the application', async () => {
    const server = await startServer({
      endpoints: [{ path: '/', sockJs: true }],
      server: createServer((_, response) => response.end('theirs')),
    });
    expect((await server.upgrade('/')).status).toBe(101);
    expect((await server.upgrade('/a/b/websocket')).status).toBe(101);
    expect((await server.upgrade('/a/b')).status).toBe(404);
    expect((await server.http('GET', '/')).body).toBe('theirs');
    expect((await server.http('GET', '/some/page')).body).toBe('theirs');
    expect((await server.http('GET', '/info')).body).toContain('"websocket":true');
  });

  it('serves several paths and prefers the longest', async () => {
    const server = await startServer({
      endpoints: [{ path: ['/a', 'b/'], sockJs: true }, { path: '/a/info' }],
    });
    expect((await server.http('GET', '/b')).status).toBe(200);
    expect((await server.http('GET', '/b/info')).status).toBe(200);
    expect((await server.http('GET', '/a/info')).status).toBe(400);
    expect((await server.upgrade('/a/info')).status).toBe(101);
  });

  it('answers a request for a WebSocket that asks for no upgrade', async () => {
    const server = await startServer({ ...ECHO, server: createServer((_, response) => response.end('theirs')) });
    expect(await server.http('GET', '/ws')).toMatchObject({ status: 400, body: 'Can "Upgrade" only to "WebSocket".' });
    expect((await server.http('POST', '/ws')).headers.allow).toBe('GET');
  });

  it('lets requests pass that ask for HTTP/2 on the way', async () => {
    const http = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => response.end(`${request.headers.upgrade} ${Buffer.concat(chunks).toString()}`));
    });
    const server = await startServer({ ...ECHO, server: http });
    const { status, text } = await rawExchange(
      server.port,
      'POST /api HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 4\r\n\r\nbody',
    );
    expect(status).toBe(200);
    expect(text).toContain('undefined body');
  });

  it('takes a body for which the client asks first', async () => {
    const http = createServer();
    http.on('checkContinue', (_, response: ServerResponse) => response.writeHead(417).end());
    const server = await startServer({ ...ECHO, server: http });
    expect((await server.http('POST', '/sockjs/0/a/xhr')).body).toBe('o\n');
    const { head, text } = await rawExchange(
      server.port,
      'POST /sockjs/0/a/xhr_send HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n["hi"]',
    );
    expect(head).toContain('100 Continue');
    expect(text).toContain('204 No Content');
  });

  it('refuses new connections with 503 when the server closes, and keeps those it has', async () => {
    const server = await startServer(ECHO);
    const client = await server.open();
    const messages = new Messages(client);
    expect((await server.http('POST', '/sockjs/0/a/xhr')).body).toBe('o\n');
    server.stomp.close();
    expect((await server.upgrade()).status).toBe(503);
    expect((await server.upgrade('/sockjs/0/b/websocket')).status).toBe(503);
    expect((await server.http('POST', '/sockjs/0/b/xhr')).status).toBe(503);
    client.send('hi');
    expect(await messages.text()).toBe('hi');
    server.peers[1]!.connection.close(1001, 'bye');
    expect((await server.http('POST', '/sockjs/0/a/xhr')).body).toBe('c[1001,"bye"]\n');
    expect(await server.peers[1]!.closed).toEqual({ code: 1001, reason: 'bye' });
  });

  it('does nothing to other servers', async () => {
    const other = createServer((_, response) => response.end('other')).listen(0);
    await startServer(ECHO);
    const { port } = other.address() as AddressInfo;
    expect((await exchange(port, 'GET', '/sockjs')).body).toBe('other');
    const client = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await once(client, 'error');
    other.closeAllConnections();
    other.close();
  });
});
