import { Logger, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RawStompClient, type RawFrame } from '../utils/raw-stomp-client.js';
import { SOCK_JS_WIRES, type WireKind } from '../utils/wires.js';

/** Every guide's clients come this way: over SockJS, as the pages of the guides do, and over a plain WebSocket. */
export const WIRES: readonly WireKind[] = ['websocket', ...SOCK_JS_WIRES];

export async function listen(metadata: ModuleMetadata): Promise<INestApplication> {
  Logger.overrideLogger(false);
  const module = await Test.createTestingModule(metadata).compile();
  const app: INestApplication = module.createNestApplication({ logger: false });
  await app.listen(0);
  return app;
}

/** A client at an endpoint, as Spring's own client connects: it offers 1.1 and 1.2. */
export async function connect(
  app: INestApplication,
  path: string,
  wire: WireKind,
  headers: Record<string, string> = {},
): Promise<RawStompClient> {
  const { port } = app.getHttpServer().address() as { port: number };
  const client = await RawStompClient.open(`http://localhost:${port}${path}`, { wire, headers });
  await client.connect('1.1,1.2');
  return client;
}

/** A frame as it stood on the wire, without the id that is new for each message. */
export function shape({ command, headers, text }: RawFrame): string {
  const lines = headers.map(([name, value]) => `${name}:${name === 'message-id' ? '*' : value}`);
  return [command, ...lines, '', text].join('\n');
}
