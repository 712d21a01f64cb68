// The cases of sockjs-protocol 0.3.3 by their names there. jsonp is not served (as in Spring), and haproxy's is of a WebSocket before RFC 6455.
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  Messages,
  rawExchange,
  startServer,
  type HttpAnswer,
  type ResponseStream,
  type TestServer,
} from '../transport-server.js';

const SOCK_JS = { streamBytesLimit: 4_096, sessionCookieNeeded: false };
const allowedOrigins = ['*'];
const NOT_CACHED = 'no-store, no-cache, no-transform, must-revalidate, max-age=0';

let server: TestServer;

beforeEach(async () => {
  server = await startServer({
    endpoints: [
      { path: '/echo', allowedOrigins, sockJs: SOCK_JS },
      { path: '/close', allowedOrigins, sockJs: SOCK_JS },
      { path: '/disabled_websocket_echo', allowedOrigins, sockJs: { ...SOCK_JS, webSocketEnabled: false } },
      { path: '/cookie_needed_echo', allowedOrigins, sockJs: true },
    ],
    onConnection: ({ connection }) => {
      if (connection.handshake.url.startsWith('/close')) connection.close(3000, 'Go away!');
    },
  });
});

const get = (path: string, headers?: Record<string, string>): Promise<HttpAnswer> =>
  server.http('GET', path, '', headers);
const post = (path: string, body?: string, headers?: Record<string, string>): Promise<HttpAnswer> =>
  server.http('POST', path, body, headers);
const options = (path: string, headers?: Record<string, string>): Promise<HttpAnswer> =>
  server.http('OPTIONS', path, '', headers);
const newUrl = (base = '/echo'): string => `${base}/000/${randomUUID()}`;

function verifyContentType({ headers }: { headers: HttpAnswer['headers'] }, type: string): void {
  expect(headers['content-type']?.replaceAll(' ', '')).toBe(type);
}

function verifyCors({ headers }: { headers: HttpAnswer['headers'] }, origin?: string): void {
  expect(headers['access-control-allow-origin']).toBe(origin ?? '*');
  expect(headers['access-control-allow-credentials']).toBe(origin ? 'true' : undefined);
}

function verifyNotCached({ headers }: { headers: HttpAnswer['headers'] }): void {
  expect(headers['cache-control']).toBe(NOT_CACHED);
  expect(headers.expires).toBeUndefined();
  expect(headers['last-modified']).toBeUndefined();
}

function verify405({ status, headers, body }: HttpAnswer): void {
  expect(status).toBe(405);
  expect(headers['content-type']).toBeUndefined();
  expect(headers.allow).toBeTruthy();
  expect(body).toBe('');
}

async function verifyOptions(path: string, methods: string): Promise<void> {
  for (const origin of ['test', 'null']) {
    const answer = await options(path, { 'Access-Control-Request-Method': methods, Origin: origin });
    expect(answer.status).toBe(204);
    expect(answer.headers['cache-control']).toMatch(/public.*max-age=[1-9]\d{6}/);
    expect(answer.headers.expires).toBeTruthy();
    expect(Number(answer.headers['access-control-max-age'])).toBeGreaterThan(1_000_000);
    expect(answer.headers['access-control-allow-methods']).toBe(methods);
    expect(answer.body).toBe('');
    verifyCors(answer, origin);
  }
}

describe('BaseUrlGreeting', () => {
  it.each(['/echo', '/echo/'])('test_greeting %s', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    verifyContentType(answer, 'text/plain;charset=UTF-8');
    expect(answer.body).toBe('Welcome to SockJS!\n');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each(['/a', '/a.html', '//', '///', '/a/a', '/a/a/', '/a/'])('test_notFound %s', async (suffix) => {
    expect((await get(`/echo${suffix}`)).status).toBe(404);
  });
});

describe('IframePage', () => {
  const page =
    /^<!DOCTYPE html>\n<html>\n<head>\n {2}<meta http-equiv="X-UA-Compatible" content="IE=edge" \/>\n {2}<meta http-equiv="Content-Type" content="text\/html; charset=UTF-8" \/>\n {2}<script src="([^"]*)"><\/script>\n {2}<script>\n {4}document.domain = document.domain;\n {4}SockJS.bootstrap_iframe\(\);\n {2}<\/script>\n<\/head>\n<body>\n {2}<h2>Don't panic!<\/h2>\n {2}<p>This is a SockJS hidden iframe. It's used for cross domain magic.<\/p>\n<\/body>\n<\/html>$/;

  it.each([
    '/iframe.html',
    '/iframe-a.html',
    '/iframe-.html',
    '/iframe-0.1.2.html',
    '/iframe-0.1.2abc-dirty.2144.html',
    '/iframe-a.html?t=1234',
    '/iframe-0.1.2abc-dirty.2144.html?t=qweqweq123',
  ])('test_simpleUrl, test_versionedUrl, test_queriedUrl %s', async (suffix) => {
    const answer = await get(`/echo${suffix}`);
    expect(answer.status).toBe(200);
    verifyContentType(answer, 'text/html;charset=UTF-8');
    expect(answer.headers['cache-control']).toMatch(/public.*max-age=[1-9]\d{6}/);
    expect(answer.headers.expires).toBeTruthy();
    expect(answer.headers.etag).toBeTruthy();
    expect(answer.headers['last-modified']).toBeUndefined();
    expect(page.exec(answer.body)?.[1]).toMatch(/^https:/);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each(['/iframe.htm', '/iframe', '/IFRAME.HTML', '/IFRAME', '/iframe.HTML', '/iframe.xml', '/iframe-/.html'])(
    'test_invalidUrl %s',
    async (suffix) => {
      expect((await get(`/echo${suffix}`)).status).toBe(404);
    },
  );

  it('test_cacheability', async () => {
    const { headers } = await get('/echo/iframe.html');
    const again = await get('/echo/iframe-1.html', { 'If-None-Match': headers.etag! });
    expect(again.status).toBe(304);
    expect(again.headers['content-type']).toBeUndefined();
    expect(again.body).toBe('');
  });
});

describe('InfoTest', () => {
  it('test_basic', async () => {
    const answer = await get('/echo/info', { Origin: 'test' });
    expect(answer.status).toBe(200);
    verifyContentType(answer, 'application/json;charset=UTF-8');
    expect(answer.headers['set-cookie']).toBeUndefined();
    verifyNotCached(answer);
    verifyCors(answer, 'test');
    expect(JSON.parse(answer.body)).toEqual({
      entropy: expect.any(Number),
      origins: ['*:*'],
      cookie_needed: false,
      websocket: true,
    });
  });

  it('test_entropy', async () => {
    const entropy = async (): Promise<number> => JSON.parse((await get('/echo/info')).body).entropy;
    expect(await entropy()).not.toBe(await entropy());
  });

  it('test_options', () => verifyOptions('/echo/info', 'OPTIONS, GET'));

  it('test_options_null_origin', async () => {
    const answer = await options('/echo/info', { Origin: 'null', 'Access-Control-Request-Method': 'POST' });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('null');
  });

  it('test_disabled_websocket', async () => {
    expect(JSON.parse((await get('/disabled_websocket_echo/info')).body).websocket).toBe(false);
    expect((await server.upgrade('/disabled_websocket_echo/websocket')).status).toBe(404);
    expect((await server.upgrade('/disabled_websocket_echo/0/0/websocket')).status).toBe(404);
    expect((await get('/disabled_websocket_echo/0/0/websocket')).status).toBe(404);
  });

  it('takes no other method', async () => verify405(await post('/echo/info')));
});

describe('SessionURLs', () => {
  it.each(['/a/a', '/_/_', '/1/', '/abcdefgh_i-j%20/abcdefg_i-j%20'])('test_anyValue %s', async (session) => {
    const answer = await post(`/echo${session}${randomUUID()}/xhr`);
    expect(answer).toMatchObject({ status: 200, body: 'o\n' });
  });

  it.each(['//', '/a./a', '/a/a.', '/./.', '/', '///', '/a/a;jsessionid=1', '/a;/a', '/a/a/a'])(
    'test_invalidPaths %s',
    async (suffix) => {
      expect((await get(`/echo${suffix}/xhr`)).status).toBe(404);
      expect((await post(`/echo${suffix}/xhr`)).status).toBe(404);
    },
  );

  it('test_ignoringServerId', async () => {
    const session = randomUUID();
    expect((await post(`/echo/000/${session}/xhr`)).body).toBe('o\n');
    expect(await post(`/echo/000/${session}/xhr_send`, '["a"]')).toMatchObject({ status: 204, body: '' });
    expect((await post(`/echo/999/${session}/xhr`)).body).toBe('a["a"]\n');
  });

  it.each(['jsonp', 'jsonp_send', 'constructor', '__proto__', 'xhr_sen'])('has no transport %s', async (name) => {
    expect((await get(`${newUrl()}/${name}?c=x`)).status).toBe(404);
    expect((await post(`${newUrl()}/${name}`, 'd=x')).status).toBe(404);
  });
});

describe('Protocol', () => {
  it('test_simpleSession', async () => {
    const url = newUrl();
    expect(await post(`${url}/xhr`)).toMatchObject({ status: 200, body: 'o\n' });
    expect(await post(`${url}/xhr_send`, '["a"]')).toMatchObject({ status: 204, body: '' });
    expect(await post(`${url}/xhr`)).toMatchObject({ status: 200, body: 'a["a"]\n' });
    expect((await post('/echo/000/bad_session/xhr_send', '["a"]')).status).toBe(404);
    expect(await Promise.race([post(`${url}/xhr`), post(`${url}/xhr`)])).toMatchObject({
      status: 200,
      body: 'c[2010,"Another connection still open"]\n',
    });
    await post(`${url}/xhr_send`, '["b"]');
  });

  it('test_closeSession', async () => {
    const url = newUrl('/close');
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    expect((await post(`${url}/xhr`)).body).toBe('c[3000,"Go away!"]\n');
    expect((await post(`${url}/xhr`)).body).toBe('c[3000,"Go away!"]\n');
  });
});

describe('WebsocketHttpErrors', () => {
  it('test_httpMethod', async () => {
    expect(await get('/echo/0/0/websocket')).toMatchObject({ status: 400, body: 'Not a valid websocket request' });
  });

  it('test_invalidConnectionHeader', async () => {
    const { status } = await server.upgrade('/echo/0/0/websocket', { Connection: 'close' });
    expect(status).toBe(400);
  });

  it('test_invalidMethod', async () => {
    verify405(await post('/echo/0/0/websocket'));
    const { status, head, text } = await server.upgrade('/echo/0/0/websocket', {}, 'POST');
    expect(status).toBe(405);
    expect(head).toContain('Allow: GET');
    expect(head).not.toContain('Content-Type');
    expect(text).toBe('');
  });

  it('an upgrade on another transport is refused', async () => {
    expect((await server.upgrade(`${newUrl()}/xhr`)).status).toBe(404);
    expect((await server.upgrade(`${newUrl()}/xhr_streaming`, {}, 'POST')).status).toBe(404);
    expect((await server.upgrade('/echo/info')).status).toBe(404);
  });
});

describe('Websocket', () => {
  it('test_transport', async () => {
    const client = server.dial(`${newUrl()}/websocket`);
    const messages = new Messages(client);
    expect(await messages.text()).toBe('o');
    client.send('["a"]');
    expect(await messages.text()).toBe('a["a"]');
    client.send('"b"');
    expect(await messages.text()).toBe('a["b"]');
  });

  it('test_close', async () => {
    const messages = new Messages(server.dial(`${newUrl('/close')}/websocket`));
    expect(await messages.text()).toBe('o');
    expect(await messages.text()).toBe('c[3000,"Go away!"]');
    expect(await messages.closed).toEqual({ code: 3000, reason: 'Go away!' });
  });

  it('test_headersSanity', async () => {
    const { status, head } = await server.upgrade(`${newUrl()}/websocket`, { 'Sec-WebSocket-Origin': 'http://asd' });
    expect(status).toBe(101);
    expect(head).toContain('Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=');
    expect(head.toLowerCase()).not.toContain('content-length');
  });

  it('test_empty_frame', async () => {
    const client = server.dial(`${newUrl()}/websocket`);
    const messages = new Messages(client);
    expect(await messages.text()).toBe('o');
    client.send('');
    client.send('[]');
    client.send('["a"]');
    expect(await messages.text()).toBe('a["a"]');
  });

  it('test_reuseSessionId', async () => {
    const url = `${newUrl()}/websocket`;
    const clients = [server.dial(url), server.dial(url)];
    const inboxes = clients.map((client) => new Messages(client));
    for (const inbox of inboxes) expect(await inbox.text()).toBe('o');
    clients.forEach((client, index) => client.send(`["${index}"]`));
    for (const [index, inbox] of inboxes.entries()) expect(await inbox.text()).toBe(`a["${index}"]`);
    clients[0]!.close();
    await inboxes[0]!.closed;
    expect(await new Messages(server.dial(url)).text()).toBe('o');
  });

  it.each(['["a', '{"a":1}', '[1]', 'null', 'true', '[["a"]]', '{'.repeat(1_000), '['.repeat(10_000)])(
    'test_broken_json %.20s',
    async (text) => {
      const client = server.dial(`${newUrl()}/websocket`);
      const messages = new Messages(client);
      expect(await messages.text()).toBe('o');
      client.send(text);
      expect((await messages.closed).code).toBe(3000);
      expect(server.errors).toEqual([]);
    },
  );
});

describe('XhrPolling', () => {
  it.each(['/xhr', '/xhr_send'])('test_options %s', (suffix) =>
    verifyOptions(`/echo/abc/abc${suffix}`, 'OPTIONS, POST'),
  );

  it('test_transport', async () => {
    const url = newUrl();
    const opened = await post(`${url}/xhr`, '', { Origin: 'test' });
    expect(opened).toMatchObject({ status: 200, body: 'o\n' });
    verifyContentType(opened, 'application/javascript;charset=UTF-8');
    verifyCors(opened, 'test');
    verifyNotCached(opened);
    const sent = await post(`${url}/xhr_send`, '["x"]', { Origin: 'test' });
    expect(sent).toMatchObject({ status: 204, body: '' });
    verifyContentType(sent, 'text/plain;charset=UTF-8');
    verifyCors(sent, 'test');
    verifyNotCached(sent);
    expect(await post(`${url}/xhr`)).toMatchObject({ status: 200, body: 'a["x"]\n' });
  });

  it('test_invalid_session', async () => {
    expect((await post(`${newUrl()}/xhr_send`, '["x"]')).status).toBe(404);
  });

  it('test_invalid_json', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    expect(await post(`${url}/xhr_send`, '["x')).toMatchObject({ status: 500, body: 'Broken JSON encoding.' });
    expect(await post(`${url}/xhr_send`, '')).toMatchObject({ status: 500, body: 'Payload expected.' });
    expect(await post(`${url}/xhr_send`, '{"a":"b"}')).toMatchObject({ status: 500, body: 'Payload expected.' });
    expect((await post(`${url}/xhr_send`, '[1]')).status).toBe(500);
    expect((await post(`${url}/xhr_send`, '["a"]')).status).toBe(204);
    expect((await post(`${url}/xhr`)).body).toBe('a["a"]\n');
  });

  it('test_content_types', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    const types = [
      'text/plain',
      'T',
      'application/json',
      'application/xml',
      '',
      'application/json; charset=utf-8',
      'text/xml',
    ];
    for (const type of types) {
      expect((await post(`${url}/xhr_send`, '["a"]', { 'Content-Type': type })).status).toBe(204);
    }
    expect((await post(`${url}/xhr`)).body).toBe(`a[${types.map(() => '"a"').join(',')}]\n`);
  });

  it.each([
    ['a, b, c', 'a, b, c'],
    ['', undefined],
    [undefined, undefined],
  ])('test_request_headers_cors %s', async (asked, allowed) => {
    const headers: Record<string, string> = asked === undefined ? {} : { 'Access-Control-Request-Headers': asked };
    const answer = await options(`${newUrl()}/xhr`, {
      Origin: 'test',
      'Access-Control-Request-Method': 'POST',
      ...headers,
    });
    verifyCors(answer, 'test');
    expect(answer.headers['access-control-allow-headers']).toBe(allowed);
  });

  it('test_sending_empty_frame', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    expect((await post(`${url}/xhr_send`, '[]')).status).toBe(204);
    expect((await post(`${url}/xhr_send`, '["a"]')).status).toBe(204);
    expect((await post(`${url}/xhr`)).body).toBe('a["a"]\n');
  });

  it('takes no other method', async () => {
    verify405(await get(`${newUrl()}/xhr`));
    verify405(await get(`${newUrl()}/xhr_send`));
    verify405(await post(`${newUrl()}/eventsource`));
  });
});

/** Fills a stream of at most 4,096 bytes and waits for its end. */
async function verifyResponseLimit(
  stream: ResponseStream,
  url: string,
  wrapped: (message: string) => string,
): Promise<void> {
  const message = 'x'.repeat(4_096);
  expect((await post(`${url}/xhr_send`, `["${message}"]`)).status).toBe(204);
  expect(await stream.until(wrapped(message))).toBe(wrapped(message));
  expect(await stream.isEnded()).toBe(true);
}

describe('XhrStreaming', () => {
  it('test_options', () => verifyOptions('/echo/abc/abc/xhr_streaming', 'OPTIONS, POST'));

  it('test_transport', async () => {
    const url = newUrl();
    const stream = await server.stream('POST', `${url}/xhr_streaming`, { Origin: 'test' });
    expect(stream.status).toBe(200);
    verifyContentType(stream, 'application/javascript;charset=UTF-8');
    verifyCors(stream, 'test');
    verifyNotCached(stream);
    expect(await stream.line()).toBe(`${'h'.repeat(2_048)}\n`);
    expect(await stream.line()).toBe('o\n');
    expect((await post(`${url}/xhr_send`, '["x"]')).status).toBe(204);
    expect(await stream.line()).toBe('a["x"]\n');
    stream.abort();
  });

  it('test_response_limit', async () => {
    const url = newUrl();
    const stream = await server.stream('POST', `${url}/xhr_streaming`);
    await stream.line();
    await stream.line();
    const message = `"${'x'.repeat(128)}"`;
    for (let i = 0; i < 31; i++) {
      expect((await post(`${url}/xhr_send`, `[${message}]`)).status).toBe(204);
      expect(await stream.line()).toBe(`a[${message}]\n`);
    }
    expect(await stream.isEnded()).toBe(true);
  });
});

describe('EventSource', () => {
  it('test_transport', async () => {
    const url = newUrl();
    const stream = await server.stream('GET', `${url}/eventsource`);
    expect(stream.status).toBe(200);
    verifyContentType(stream, 'text/event-stream');
    verifyNotCached(stream);
    expect(await stream.line()).toBe('\r\n');
    expect(await stream.until('\r\n\r\n')).toBe('data: o\r\n\r\n');
    await post(`${url}/xhr_send`, '["x"]');
    expect(await stream.until('\r\n\r\n')).toBe('data: a["x"]\r\n\r\n');
    await post(`${url}/xhr_send`, String.raw`["  \u0000\n\r "]`);
    expect(await stream.until('\r\n\r\n')).toBe(`data: a["  \\u0000\\n\\r "]\r\n\r\n`);
    await post(`${url}/xhr_send`, '["100 % %20"]');
    expect(decodeURI(await stream.until('\r\n\r\n'))).toBe('data: a["100 % %20"]\r\n\r\n');
    stream.abort();
  });

  it('test_response_limit', async () => {
    const url = newUrl();
    const stream = await server.stream('GET', `${url}/eventsource`);
    await stream.until('data: o\r\n\r\n');
    await verifyResponseLimit(stream, url, (message) => `data: a["${message}"]\r\n\r\n`);
  });
});

describe('HtmlFile', () => {
  it('test_transport', async () => {
    const url = newUrl();
    const stream = await server.stream('GET', `${url}/htmlfile?c=%63allback`);
    expect(stream.status).toBe(200);
    verifyContentType(stream, 'text/html;charset=UTF-8');
    verifyNotCached(stream);
    const head = await stream.until('\r\n\r\n');
    expect(head.trim()).toBe(`<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.callback;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`);
    expect(head.length).toBeGreaterThan(1_024);
    expect(await stream.until('\r\n')).toBe('<script>\np("o");\n</script>\r\n');
    await post(`${url}/xhr_send`, '["x"]');
    expect(await stream.until('\r\n')).toBe('<script>\np("a[\\"x\\"]");\n</script>\r\n');
    stream.abort();
  });

  it('lets no message out of its script', async () => {
    const url = newUrl();
    const stream = await server.stream('GET', `${url}/htmlfile?callback=x`);
    await stream.until('p("o");\n</script>\r\n');
    await post(`${url}/xhr_send`, '["</script><script>alert(1)</script>"]');
    const script = await stream.until('\r\n');
    expect(script.match(/<\/script>/g)).toHaveLength(1);
    stream.abort();
  });

  it('test_no_callback', async () => {
    for (const query of ['', '?c=', '?callback=']) {
      const answer = await get(`/echo/a/a/htmlfile${query}`);
      expect(answer).toMatchObject({ status: 500, body: '"callback" parameter required' });
    }
  });

  it.each(['%20', '*', 'abc(', 'abc%28', '%', '%0a', '%3Cscript%3E'])('test_invalid_callback %s', async (callback) => {
    const answer = await get(`/echo/a/a/htmlfile?c=${callback}`);
    expect(answer).toMatchObject({ status: 500, body: 'invalid "callback" parameter' });
    expect(server.peers).toEqual([]);
  });

  it('test_response_limit', async () => {
    const url = newUrl();
    const stream = await server.stream('GET', `${url}/htmlfile?c=callback`);
    await stream.until('p("o");\n</script>\r\n');
    await verifyResponseLimit(stream, url, (message) => `<script>\np("a[\\"${message}\\"]");\n</script>\r\n`);
  });
});

describe('JsessionidCookie', () => {
  it('test_basic', async () => {
    const answer = await get('/cookie_needed_echo/info');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(JSON.parse(answer.body).cookie_needed).toBe(true);
  });

  it('test_xhr', async () => {
    const url = newUrl('/cookie_needed_echo');
    expect((await post(`${url}/xhr`)).headers['set-cookie']).toEqual(['JSESSIONID=dummy; path=/']);
    const again = await post(`${newUrl('/cookie_needed_echo')}/xhr`, '', { Cookie: 'a=b; JSESSIONID=abcdef' });
    expect(again.headers['set-cookie']).toEqual(['JSESSIONID=abcdef; path=/']);
  });

  it.each([
    ['POST', 'xhr_streaming'],
    ['GET', 'eventsource'],
    ['GET', 'htmlfile?c=x'],
  ])('test_xhr_streaming, test_eventsource, test_htmlfile %s %s', async (method, transport) => {
    const stream = await server.stream(method, `${newUrl('/cookie_needed_echo')}/${transport}`);
    expect(stream.headers['set-cookie']).toEqual(['JSESSIONID=dummy; path=/']);
    stream.abort();
  });
});

describe('RawWebsocket', () => {
  it.each(['/echo/websocket', '/echo'])('test_transport %s', async (path) => {
    const client = await server.open(path);
    const messages = new Messages(client);
    client.send('Hello world!\uffff');
    expect(await messages.text()).toBe('Hello world!\uffff');
  });

  it('test_close', async () => {
    expect(await new Messages(server.dial('/close/websocket')).closed).toEqual({ code: 3000, reason: 'Go away!' });
  });
});

describe('JSONEncoding', () => {
  const escaped = Array.from({ length: 65_536 - 255 }, (_, i) => i + 255)
    .filter((code) => /[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/.test(String.fromCharCode(code)))
    .map((code) => `\\u${code.toString(16)}`)
    .join('');

  it('test_xhr_server_encodes', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    expect((await post(`${url}/xhr_send`, `["${JSON.parse(`"${escaped}"`)}"]`)).status).toBe(204);
    expect((await post(`${url}/xhr`)).body).toBe(`a["${escaped}"]\n`);
  });

  it('test_xhr_server_decodes', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    const all = Array.from({ length: 0xd800 }, (_, code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
    const texts = [JSON.parse(`"${all.slice(0, 6 * 20_000)}"`), JSON.parse(`"${all.slice(6 * 20_000)}"`), '😀'];
    for (const text of texts) {
      const payload = [...text].map((c) => (c.length > 1 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
      expect((await post(`${url}/xhr_send`, `["${payload.join('')}"]`)).status).toBe(204);
      expect(JSON.parse((await post(`${url}/xhr`)).body.slice(1))).toEqual([text]);
    }
  });
});

describe('HandlingClose', () => {
  const openStream = async (url: string): Promise<ResponseStream> => {
    const stream = await server.stream('POST', `${url}/xhr_streaming`);
    await stream.line();
    return stream;
  };

  it('test_close_frame', async () => {
    const url = newUrl('/close');
    const first = await openStream(url);
    expect(await first.line()).toBe('o\n');
    expect(await first.line()).toBe('c[3000,"Go away!"]\n');
    const second = await openStream(url);
    expect(await second.line()).toBe('c[3000,"Go away!"]\n');
    expect(await first.isEnded()).toBe(true);
    expect(await second.isEnded()).toBe(true);
  });

  it('test_close_request', async () => {
    const url = newUrl();
    const first = await openStream(url);
    expect(await first.line()).toBe('o\n');
    const second = await openStream(url);
    expect(await second.line()).toBe('c[2010,"Another connection still open"]\n');
    expect(await second.isEnded()).toBe(true);
    first.abort();
  });

  it('test_abort_xhr_streaming', async () => {
    const url = newUrl();
    const first = await openStream(url);
    expect(await first.line()).toBe('o\n');
    first.abort();
    expect(await server.peers[0]!.closed).toEqual({ code: 1006, reason: '' });
    const third = await openStream(url);
    expect(await third.line()).toBe('o\n');
    third.abort();
  });

  it('test_abort_xhr_polling', async () => {
    const url = newUrl();
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
    const polls = [1, 2].map(() => {
      const { socket, answer } = rawPoll(server.port, `${url}/xhr`);
      return answer.then((text) => ({ socket, text }));
    });
    const refused = await Promise.race(polls);
    expect(refused.text).toContain('c[2010,"Another connection still open"]\n');
    waiting.find((socket) => socket !== refused.socket)!.destroy();
    expect(await server.peers[0]!.closed).toEqual({ code: 1006, reason: '' });
    expect((await post(`${url}/xhr`)).body).toBe('o\n');
  });
});

/** Sockets on which `rawPoll` has asked. */
const waiting: Socket[] = [];

function rawPoll(port: number, path: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  waiting.push(socket);
  socket.on('error', () => {});
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return {
    socket,
    answer: new Promise((resolve) => socket.on('end', () => resolve(Buffer.concat(chunks).toString()))),
  };
}

describe('Http10, Http11', () => {
  it('test_synchronous', async () => {
    const { status, head, text } = await rawExchange(server.port, 'GET /echo HTTP/1.0\r\n\r\n');
    expect(status).toBe(200);
    expect(head.toLowerCase()).not.toContain('transfer-encoding');
    expect(text).toBe('Welcome to SockJS!\n');
  });

  it('test_streaming', async () => {
    const request = `POST ${newUrl('/close')}/xhr_streaming HTTP/1.0\r\nContent-Length: 0\r\n\r\n`;
    const { head, text } = await rawExchange(server.port, request);
    expect(head.toLowerCase()).not.toContain('transfer-encoding');
    expect(head.toLowerCase()).not.toContain('content-length');
    expect(text).toBe(`${'h'.repeat(2_048)}\no\nc[3000,"Go away!"]\n`);
    const chunked = await server.stream('POST', `${newUrl('/close')}/xhr_streaming`);
    expect(chunked.headers['transfer-encoding']).toBe('chunked');
    await chunked.isEnded();
  });
});
