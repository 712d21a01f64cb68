// The real sockjs-client in Node.
import { createRequire } from 'node:module';
import { startServer, textFrame, type TestServer } from '../transport-server.js';

interface SockJs {
  readonly transport: string;
  onopen: () => void;
  onmessage: (event: { data: string }) => void;
  onclose: (event: { code: number; reason: string }) => void;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

const SockJsClient = createRequire(import.meta.url)('sockjs-client') as new (
  url: string,
  protocols: null,
  options: { transports: string[] },
) => SockJs;

describe.each(['websocket', 'xhr-streaming', 'xhr-polling'])('sockjs-client over %s', (transport) => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startServer({ endpoints: [{ path: '/ws', sockJs: { streamBytesLimit: 4_096 } }] });
  });

  async function open(): Promise<{
    client: SockJs;
    next: () => Promise<string>;
    closed: Promise<{ code: number; reason: string }>;
  }> {
    const client = new SockJsClient(`http://127.0.0.1:${server.port}/ws`, null, { transports: [transport] });
    const came: string[] = [];
    const waiting: ((text: string) => void)[] = [];
    client.onmessage = ({ data }) => {
      const next = waiting.shift();
      if (next) next(data);
      else came.push(data);
    };
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      client.onclose = ({ code, reason }) => resolve({ code, reason });
    });
    await new Promise<void>((resolve) => (client.onopen = resolve));
    const next = (): Promise<string> => {
      const text = came.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    };
    return { client, next, closed };
  }

  it('sends and receives in order', async () => {
    const { client, next } = await open();
    expect(client.transport).toBe(transport);
    const texts = Array.from({ length: 100 }, (_, i) => `${i} ${'ü😀\0\u2028"<>%25'.repeat(i)}`);
    for (const text of texts) client.send(text);
    for (const text of texts) expect(await next()).toBe(text);
    client.close();
    await server.peers[0]!.closed;
  });

  it('receives what the server sends on its own', async () => {
    const { client, next } = await open();
    for (let i = 0; i < 20; i++) server.peers[0]!.connection.send(textFrame(`${i} ${'x'.repeat(1_000)}`));
    for (let i = 0; i < 20; i++) expect((await next()).startsWith(`${i} `)).toBe(true);
    client.close();
    await server.peers[0]!.closed;
  });

  it('is closed by the server with code and reason', async () => {
    const { closed } = await open();
    server.peers[0]!.connection.close(4_500, 'too slow');
    expect(await closed).toEqual({ code: 4_500, reason: 'too slow' });
  });

  it('closes', async () => {
    const { client, closed } = await open();
    client.close(1000, 'done');
    expect(await closed).toEqual({ code: 1000, reason: 'done' });
    await server.peers[0]!.closed;
  });
});
