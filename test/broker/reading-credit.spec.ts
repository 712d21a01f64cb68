import { Message } from '../../lib/messaging/message.js';
import type { RawFrame, RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer } from '../utils/socket-server.js';
import { SOCK_JS_WIRES, type WireKind } from '../utils/wires.js';

const BODY = 'x'.repeat(20_000);
/** More than twice what may wait for a client even for a moment. */
const COUNT = 1_000;

let server: SocketServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function fill(destination: string): Promise<void> {
  const sender = await server!.connect();
  for (let i = 1; i < COUNT; i++) sender.write(`SEND\ndestination:${destination}\n\n${BODY}\0`);
  await sender.receipt(`SEND\ndestination:${destination}\n\n${BODY}\0`);
  sender.terminate();
}

/** Takes all of it, acknowledging the last one only. */
async function take(client: RawStompClient): Promise<void> {
  let last: RawFrame | undefined;
  for (let i = 0; i < COUNT; i++) {
    last = await client.next('MESSAGE');
    expect(last.body).toHaveLength(BODY.length);
  }
  await client.receipt(`ACK\nid:${last!.header('ack')}\n\n\0`);
}

describe.each<WireKind>(['websocket', ...SOCK_JS_WIRES])('A subscription with ack:client over %s', (wire) => {
  it('is sent a long work queue no faster than it reads', async () => {
    server = await SocketServer.start({ broker: { queues: [{ prefix: '/queue', maxBytes: 30_000_000 }] } });
    await fill('/queue/long');
    const client = await server.connect('1.2', '', { wire });
    await client.subscribe('s', '/queue/long', 'ack:client\n');
    await take(client);
  });

  it('is sent a long history no faster than it reads', async () => {
    server = await SocketServer.start({
      broker: {
        history: [{ destination: '/topic/long', size: COUNT }],
        backlogSizeLimit: 40_000_000,
      },
    });
    const client = await server.connect('1.2', '', { wire });
    client.write('SUBSCRIBE\nid:a\ndestination:/topic/long\nreceipt:a\n\n\0');
    const epoch = (await client.next('RECEIPT')).header('epoch');
    await client.receipt('UNSUBSCRIBE\nid:a\n\n\0');
    await fill('/topic/long');
    await client.subscribe('s', '/topic/long', `ack:client\nsince:0\nepoch:${epoch}\n`);
    await take(client);
  });

  it('does not end its session by a burst that it has no time to read', async () => {
    server = await SocketServer.start();
    const client = await server.connect('1.2', '', { wire });
    await client.subscribe('s', '/topic/long', 'ack:client\n');
    const message = Message.to('/topic/long', Buffer.from(BODY));
    for (let i = 0; i < 600; i++) void server.runtime.template.send(message);
    for (let i = 0; i < 600; i++) await client.next('MESSAGE');
    await client.settled();
  });
});
