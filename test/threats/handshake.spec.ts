import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { rawExchange, upgradeRequest } from '../transport/transport-server.js';
import { attacked, many, until } from './support/attack.js';

/** Requests whose line or head is broken: an answer of the 400s, or none. */
const MALFORMED: readonly (readonly [what: string, request: string | Buffer])[] = [
  ['with a negative length', upgradeRequest('/ws', { 'Content-Length': '-1' })],
  ['with two lengths', upgradeRequest('/ws', { 'Content-Length': '1', 'content-length': '2' })],
  ['with a length and chunks', upgradeRequest('/ws', { 'Content-Length': '1', 'Transfer-Encoding': 'chunked' })],
  ['with a NUL in a header', upgradeRequest('/ws', { 'X-A': 'a\0b' })],
  ['with a header without a name', upgradeRequest('/ws').replace('Upgrade:', ': x\r\nUpgrade:')],
  ['with a space before a colon', upgradeRequest('/ws').replace('Upgrade:', 'Upgrade :')],
  ['with lines that end in CR', upgradeRequest('/ws').replaceAll('\r\n', '\r')],
  ['of a method that is none', upgradeRequest('/ws', {}, 'G\0T')],
  ['of HTTP/9.9', upgradeRequest('/ws').replace('HTTP/1.1', 'HTTP/9.9')],
  ['of 100 KB of path', upgradeRequest(`/ws?${'x'.repeat(100_000)}`)],
  ['of 100 KB in one header', upgradeRequest('/ws', { 'X-A': 'x'.repeat(100_000) })],
  ['that begins a TLS session', Buffer.from('16030100c8010000c40303', 'hex')],
  ['that begins HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['of a proxy’s protocol', 'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n'],
  ['of STOMP without WebSocket', 'CONNECT\naccept-version:1.2\n\n\0'],
  ['of random octets', randomBytes(10_000)],
];

describe('The handshake, attacked,', () => {
  it.each(MALFORMED)('opens nothing for a request %s', (_, request) =>
    attacked({}, async (server) => {
      // What waits for more than has come is ended by the client.
      const client = connect(server.port, '127.0.0.1');
      client.on('error', () => {});
      client.end(request);
      await once(client.resume(), 'close');
      expect(server.runtime.counters.opened).toBe(2);
    }),
  );

  it('takes thousands of headers for no more than their length', () =>
    attacked({}, async (server) => {
      const start = process.cpuUsage();
      const request = upgradeRequest('/ws').replace('\r\n\r\n', `\r\n${'a: b\r\n'.repeat(2_500)}\r\n`);
      for (const { status, socket } of await many(50, () => rawExchange(server.port, request))) {
        // Node keeps the first 2,000 of them: those of the upgrade are there.
        expect(status).toBe(101);
        socket.destroy();
      }
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1_000).toBeLessThan(3_000);
    }));

  it('outlives 500 clients that reset the line in the middle of their upgrade', () =>
    attacked({}, async (server) => {
      const request = upgradeRequest('/ws');
      await many(500, async (index) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(request.slice(0, (index * 7) % (request.length + 1)), () => socket.resetAndDestroy());
        await once(socket, 'close');
      });
    }));

  it('serves others while 200 clients send an octet of their upgrade at a time', () =>
    attacked({}, async (server) => {
      const request = upgradeRequest('/ws');
      const dribblers = await many(200, async () => {
        const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
        socket.on('error', () => {});
        await once(socket, 'connect');
        for (const octet of request.slice(0, 40)) await new Promise((resolve) => socket.write(octet, resolve));
        return socket;
      });
      const other = await server.connect();
      await other.settled();
      other.terminate();
      dribblers.forEach((socket) => socket.destroy());
    }));

  it.each([
    ['silent', ''],
    ['sending nothing but EOLs', '\n'],
    ['never at the end of their CONNECT', 'CONNECT\naccept-version:1.2\nx:'],
  ])('closes 50 clients that are %s with 4408', (_, said) =>
    attacked({ transport: { timeToFirstMessage: 300 } }, async (server) => {
      const clients = await many(50, () => server.open());
      const dribbling = setInterval(() => clients.forEach((client) => said && client.write(said.at(-1)!)), 20);
      for (const client of clients) if (said) client.write(said);
      try {
        for (const client of clients) expect(await client.closed).toMatchObject({ code: 4408 });
      } finally {
        clearInterval(dribbling);
      }
      await until(() => server.runtime.sessions.size === 2);
    }),
  );
});
