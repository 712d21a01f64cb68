import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { SocketServer } from '../utils/socket-server.js';

let pages: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  pages = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-proxy-server'],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser.close();
  pages.close();
});

/** What the page is sent of the bodies that it publishes, and the extensions that it has agreed to. */
function publish(url: string, bodies: string[]): Promise<{ extensions: string; received: string[] }> {
  return page.evaluate(
    ([to, sent]) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(to, ['v12.stomp']);
        const received: string[] = [];
        socket.onclose = socket.onerror = () => reject(new Error('The connection was closed.'));
        socket.onopen = () => socket.send('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0');
        socket.onmessage = (event) => {
          const data = event.data as string;
          if (data.startsWith('CONNECTED')) {
            socket.send('SUBSCRIBE\nid:s\ndestination:/topic/x\n\n\0');
            for (const body of sent) socket.send(`SEND\ndestination:/topic/x\n\n${body}\0`);
          } else if (data.startsWith('MESSAGE')) {
            received.push(data.slice(data.indexOf('\n\n') + 2, -1));
            if (received.length === sent.length) resolve({ extensions: socket.extensions, received });
          }
        };
      }),
    [url.replace(/^http/, 'ws'), bodies] as const,
  );
}

it.each([
  [true, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
  [false, ''],
])('A browser is understood and understands, compression being %s', async (perMessageDeflate, extensions) => {
  const server = await SocketServer.start({
    endpoints: [{ allowedOrigins: ['*'] }],
    transport: { perMessageDeflate },
  });
  const bodies = Array.from({ length: 50 }, (_, i) => `${i} ${'grün '.repeat((i * 211) % 10_000)}`);
  const answer = await publish(server.url, bodies);
  expect(answer.extensions).toBe(extensions);
  expect(answer.received).toEqual(bodies);
  await server.stop();
});
