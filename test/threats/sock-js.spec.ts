import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import type { EndpointOptions } from '../../lib/interfaces/endpoint-options.interface.js';
import type { TransportOptions } from '../../lib/interfaces/transport-options.interface.js';
import type { SocketServer } from '../utils/socket-server.js';
import { Messages, rawExchange, ResponseStream, upgradeRequest } from '../transport/transport-server.js';
import { attacked as attackedOver, many, SETTINGS, until } from './support/attack.js';

/** Nothing of SockJS is there: 404, or 405 and 400 where only the request is a wrong one. */
const NO_PATHS = [
  '/ws/a',
  '/ws//',
  '/ws///xhr',
  '/ws/0/xhr',
  '/ws/xhr',
  '/ws//a/xhr',
  '/ws/0//xhr',
  '/ws/0/a/',
  '/ws/0/a/b',
  '/ws/0/a/jsonp',
  '/ws/0/a/jsonp_send',
  '/ws/0/a/constructor',
  '/ws/0/a/__proto__',
  '/ws/0/a/toString',
  '/ws/0/a/XHR',
  '/ws/0/a/xhr//',
  '/ws/0/a/xhr/b',
  '/ws/0/a/b/xhr',
  '/ws/0/a/xhr%00',
  '/ws/0/a/xhr;jsessionid=1',
  '/ws/0/a/%78hr',
  '/ws/0;/a/xhr',
  '/ws/0/a;b/xhr',
  '/ws/0/a.b/xhr',
  '/ws/0/../xhr',
  '/ws/../ws/0/a/xhr',
  '/ws/./0/a/xhr',
  '/ws%2f0/a/xhr',
  '/WS/0/a/xhr',
  '//ws/0/a/xhr',
  '/ws\\0\\a\\xhr',
  '/wsx/0/a/xhr',
  '/ws/0/a/xhr_send',
  '/ws/0/a/websocket',
  '/ws/info//',
  '/ws/info/a',
  '/ws/iframe-<script>.html',
  '/ws/iframe/../a.html',
  '/ws/websocket//',
  `/ws/0/${'a/'.repeat(4_000)}xhr`,
  `/ws/${'%2e'.repeat(4_000)}/xhr`,
];

/** No JSON array of texts. */
const NO_BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  '[',
  ']',
  '["x"',
  '["x',
  "['x']",
  '["x"]x',
  '["x"]["y"]',
  '["x",]',
  '[,]',
  '[x]',
  '{"a":"b"}',
  '{"length":1,"0":"x"}',
  '{"__proto__":["x"]}',
  '[1]',
  '[null]',
  '[true]',
  '[{}]',
  '[["x"]]',
  '["x",1]',
  'null',
  'true',
  '1',
  '"x"',
  'NaN',
  '["\n"]',
  '["\0"]',
  '["\\u12"]',
  '["\\x00"]',
  '\ufeff["x"]',
  '['.repeat(60_000),
  '[['.repeat(10_000) + ']]'.repeat(10_000),
  '{"a":'.repeat(10_000),
  Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
  Buffer.from([0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d]),
  Buffer.from('["x"]', 'utf16le'),
];

const NO_CALLBACKS = [
  '',
  '%20',
  'a b',
  'alert(1)',
  'a;b',
  'a=b',
  'a/**/',
  'a%0ab',
  'a%00',
  '%3Cscript%3E',
  '%3C/script%3E%3Cscript%3Ealert(1)',
  'a%22',
  "a'",
  'a%5B0%5D',
  'a%2Cb',
  '%E2%80%A8a',
  'a%60',
];

/** What would be code in a page if it were written there as it is. */
const MARKUP = '</script><script>alert(1)</script><!--]]>\u2028\u2029\'"\\';
/** And what would be an event of its own. */
const FORGED = `${MARKUP}\r\n\r\ndata: forged\r\n\r\n`;

const REFUSED = expect.stringMatching(/^40[045]$/) as string;

const RECEIVING = ['POST xhr', 'POST xhr_streaming', 'GET eventsource', 'GET htmlfile?c=x'] as const;

const ALLOWED = 'https://example.com';
const OTHER_ORIGINS = [
  'https://evil.com',
  'null',
  'NULL',
  '*',
  'http://example.com',
  'https://example.com:8443',
  'https://example.com.evil.com',
  'https://evilexample.com',
  'https://www.example.com',
  'https://example.com@evil.com',
  'https://evil.com/https://example.com',
  'https://example.com/',
  'https://example.com, https://evil.com',
  'https://exаmple.com',
  'file://',
  '//example.com',
];

describe.each(SETTINGS)('SockJS, attacked, %s,', (_, settings) => {
  let agent: Agent;

  beforeEach(() => void (agent = new Agent({ keepAlive: true, maxSockets: 50 })));
  afterEach(() => agent.destroy());

  /** The control pair talks over SockJS, too. */
  const attacked = (
    attack: (server: SocketServer) => Promise<void>,
    endpoint: EndpointOptions = {},
    transport: TransportOptions = {},
  ): Promise<void> =>
    attackedOver(
      { ...settings, endpoints: [{ path: '/ws', sockJs: { disconnectDelay: 500 }, ...endpoint }], transport },
      async (server) => {
        try {
          await attack(server);
        } finally {
          agent.destroy();
        }
      },
      'sockjs-xhr-streaming',
    );

  const http = (
    { port }: SocketServer,
    what: string,
    body: string | Buffer = '',
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> =>
    new Promise((resolve, reject) => {
      const [method, path] = what.split(' ');
      const length = { 'Content-Length': String(Buffer.byteLength(body)) };
      request({ port, host: '127.0.0.1', method, path, agent, headers: { ...length, ...headers } }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(pieces).toString(),
          }),
        );
      })
        .on('error', reject)
        .end(body);
    });

  const newUrl = (): string => `/ws/000/${randomUUID()}`;
  const messages = (...frames: string[]): string => JSON.stringify(frames);

  it('opens nothing at a path that is none', () =>
    attacked(async (server) => {
      for (const path of NO_PATHS) {
        for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
          const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
          const { status } = await rawExchange(server.port, head);
          expect([method, path, `${status}`]).toEqual([method, path, REFUSED]);
        }
      }
      expect(server.runtime.counters.opened).toBe(2);
    }));

  it('carries out nothing of a body that is no list of texts, and keeps its session', () =>
    attacked(async (server) => {
      for (const body of NO_BODIES) {
        const url = newUrl();
        expect(await http(server, `POST ${url}/xhr`)).toMatchObject({ status: 200, body: 'o\n' });
        const { status, body: answer } = await http(server, `POST ${url}/xhr_send`, body);
        // The protocol of SockJS has no other status for it.
        expect([body.slice(0, 30), status, answer]).toEqual([
          body.slice(0, 30),
          500,
          expect.stringMatching(/^(Payload expected|Broken JSON encoding)\.$/),
        ]);
        await http(server, `POST ${url}/xhr_send`, messages('CONNECT\naccept-version:1.2\n\n\0'));
        expect((await http(server, `POST ${url}/xhr`)).body).toContain('CONNECTED');
        await http(server, `POST ${url}/xhr_send`, messages('NONSENSE\n\n\0'));
        expect((await http(server, `POST ${url}/xhr`)).body).toContain('STOMP_ERR_UNKNOWN_COMMAND');
        expect((await http(server, `POST ${url}/xhr`)).body).toMatch(/^c\[1002,/);
      }
      await until(() => server.runtime.sessions.size === 2);
    }));

  it('closes the WebSocket over which something else comes than a list of texts', () =>
    attacked(async (server) => {
      await many(NO_BODIES.length, async (index) => {
        const body = NO_BODIES[index]!;
        const webSocket = new WebSocket(`ws://127.0.0.1:${server.port}${newUrl()}/websocket`);
        webSocket.on('error', () => {});
        const received = new Messages(webSocket);
        expect(await received.text()).toBe('o');
        // Nothing, and a text alone, mean what they say here.
        webSocket.send(body === '' || body === '"x"' ? '[1]' : body);
        expect([body.slice(0, 30), (await received.closed).code]).toEqual([body.slice(0, 30), expect.any(Number)]);
      });
    }));

  it('agrees on no upgrade where there is no WebSocket', () =>
    attacked(async (server) => {
      for (const path of ['xhr', 'xhr_streaming', 'xhr_send', 'eventsource', 'htmlfile?c=x', 'jsonp', '__proto__']) {
        for (const method of ['GET', 'POST']) {
          const { status } = await rawExchange(server.port, upgradeRequest(`${newUrl()}/${path}`, {}, method));
          expect([method, path, `${status}`]).toEqual([method, path, REFUSED]);
        }
      }
      for (const path of ['/ws/info', '/ws/iframe.html', '/ws/0/a/b/websocket', '/ws//a/websocket']) {
        expect([path, (await rawExchange(server.port, upgradeRequest(path))).status]).toEqual([path, 404]);
      }
      expect(server.runtime.counters.opened).toBe(2);
    }));

  it('makes a script of no callback that is not a name', () =>
    attacked(async (server) => {
      for (const callback of NO_CALLBACKS) {
        for (const name of ['c', 'callback']) {
          const { status, body } = await http(server, `GET ${newUrl()}/htmlfile?${name}=${encoded(callback)}`);
          expect([callback, status]).toEqual([callback, 500]);
          expect(body).toMatch(/^("callback" parameter required|invalid "callback" parameter)$/);
        }
        const { status } = await http(server, `GET ${newUrl()}/jsonp?c=${encoded(callback)}`);
        expect([callback, status]).toEqual([callback, 404]);
      }
      expect(server.runtime.counters.opened).toBe(2);
    }));

  it('lets no message out of the script, the event or the text that carries it', () =>
    attacked(async (server) => {
      const sender = await server.connect();
      for (const [receiving, frame, end] of [
        ['POST xhr_streaming', /^(a\[.*\])\n$/, '\n'],
        ['GET eventsource', /^data: (a\[.*\])\r\n\r\n$/, '\r\n\r\n'],
        ['GET htmlfile?c=x', /^<script>\np\(("[^<]*")\);\n<\/script>\r\n$/, '</script>\r\n'],
      ] as const) {
        const url = newUrl();
        const [method, transport] = receiving.split(' ');
        const stream = await ResponseStream.open(server.port, method!, `${url}/${transport}`);
        const next = () => stream.until(end);
        const send = (text: string) => http(server, `POST ${url}/xhr_send`, messages(text));
        while (!/\bo\b/.test(await next()));
        await send('CONNECT\naccept-version:1.2\n\n\0');
        expect(await next()).toContain('CONNECTED');
        await send('SUBSCRIBE\nid:s\ndestination:/topic/markup\nreceipt:r\n\n\0');
        expect(await next()).toContain('RECEIPT');
        await sender.receipt(`SEND\ndestination:/topic/markup\nx:${MARKUP.replaceAll('\\', '\\\\')}\n\n${FORGED}\0`);
        const line = await next();
        const [, carried] = frame.exec(line) ?? [];
        expect([line, carried]).toEqual([line, expect.any(String)]);
        const array = (carried!.startsWith('"') ? JSON.parse(carried!) : carried) as string;
        const [text] = JSON.parse(array.slice(1)) as [string];
        expect(text.endsWith(`\n\n${FORGED}\0`)).toBe(true);
        stream.abort();
      }
      sender.terminate();
    }));

  it('shows a session to nobody but who has opened it', () =>
    attacked(
      async (server) => {
        const url = newUrl();
        const as = (user: string): Record<string, string> => (user ? { 'x-user': user } : {});
        const poll = async () => (await http(server, `POST ${url}/xhr`, '', as('alice'))).body;
        const send = (user: string, frame: string) => http(server, `POST ${url}/xhr_send`, messages(frame), as(user));
        expect(await poll()).toBe('o\n');
        await send('alice', 'CONNECT\naccept-version:1.2\n\n\0');
        expect(await poll()).toContain('CONNECTED');
        await send('alice', 'SUBSCRIBE\nid:s\ndestination:/user/queue/own\nreceipt:r\n\n\0');
        expect(await poll()).toContain('RECEIPT');
        for (let i = 0; i < 10; i++) {
          await server.runtime.template.convertAndSendToUser('alice', '/queue/own', `private ${i}`);
          for (const thief of ['mallory', '', 'Alice', 'alice ,mallory']) {
            for (const receiving of RECEIVING) {
              const answer = await http(server, receiving.replace(' ', ` ${url}/`), '', as(thief));
              expect([thief, receiving, answer.status, answer.body]).toEqual([thief, receiving, 404, '']);
            }
            expect((await send(thief, 'SEND\ndestination:/user/queue/own\n\nforged\0')).status).toBe(404);
            expect((await send(thief, 'DISCONNECT\n\n\0')).status).toBe(404);
          }
          // A WebSocket under the same name is a session of its own.
          const other = new WebSocket(`ws://127.0.0.1:${server.port}${url}/websocket`, { headers: as('mallory') });
          const received = new Messages(other);
          expect(await received.text()).toBe('o');
          other.send(messages('SEND\ndestination:/user/queue/own\n\nforged\0'));
          expect(await received.text()).toContain('STOMP_ERR_NOT_CONNECTED');
          expect(await received.text()).toMatch(/^c\[1002,/);
          await received.closed;
          expect(await poll()).toMatch(new RegExp(`^a\\["MESSAGE[^]*private ${i}\\\\u0000"\\]\n$`));
        }
        await send('alice', 'DISCONNECT\n\n\0');
      },
      { handshake: ({ headers }) => (headers['x-user'] ? { name: String(headers['x-user']) } : null) },
    ));

  it('is not there for pages of other origins', () =>
    attacked(
      async (server) => {
        for (const origin of OTHER_ORIGINS) {
          const headers = { Origin: Buffer.from(origin).toString('latin1') };
          for (const what of [...RECEIVING, 'POST xhr_send', 'OPTIONS xhr', 'OPTIONS xhr_send']) {
            const answer = await http(server, what.replace(' ', ` ${newUrl()}/`), '[]', headers);
            expect([origin, what, answer.status]).toEqual([origin, what, 403]);
            expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
          }
          expect((await http(server, 'GET /ws/info', '', headers)).status).toBe(403);
          for (const path of [`${newUrl()}/websocket`, '/ws/websocket', '/ws']) {
            expect((await rawExchange(server.port, upgradeRequest(path, headers))).status).toBe(403);
          }
        }
        expect(server.runtime.counters.opened).toBe(2);
        const answer = await http(server, `POST ${newUrl()}/xhr`, '', { Origin: ALLOWED });
        expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, ALLOWED]);
      },
      { allowedOrigins: [ALLOWED] },
    ));

  it('has 2,000 sessions if so many may be, and no more', () =>
    attacked(
      async (server) => {
        const open = async () => (await http(server, `POST ${newUrl()}/xhr`)).status;
        const statuses = await many(2_500, open);
        // Two are the control pair’s.
        expect(statuses.filter((status) => status === 200)).toHaveLength(1_998);
        expect(statuses.filter((status) => status === 503)).toHaveLength(502);
        expect(server.runtime.sessions.closeWhere(({ transport }) => transport === 'xhr')).toBe(1_998);
        await until(() => server.runtime.sessions.size === 2);
        // Their clients may still ask why they were ended.
        expect(await open()).toBe(503);
      },
      { sockJs: { disconnectDelay: 60_000, sessionLimit: 2_000 } },
      { closeTimeout: 200 },
    ));
});

/** As it stands in a URL, where it is not yet. */
function encoded(text: string): string {
  return text.replaceAll(' ', '%20').replaceAll('`', '%60').replaceAll('"', '%22');
}
