import { randomUUID } from 'node:crypto';
import { Client, type IMessage } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import { SOCK_JS_WIRES, type WireKind } from '../../../../test/utils/wires.js';
import { ImClient } from '../support/im-client.js';
import { ImServer, type Credentials } from '../support/im-server.js';

let server: ImServer;

beforeAll(async () => {
  server = await ImServer.start();
}, 30_000);

afterEach(() => {
  ImClient.disconnectAll();
  expect(server.complaints).toEqual([]);
});

afterAll(() => server.remove());

it.each<WireKind>(['websocket', ...SOCK_JS_WIRES])(
  'Frames written by hand over %s send, get what was missed and what is new, and ask',
  async (wire) => {
    const alice = await ImClient.connect(server, await server.login('alice', 'hand'), { wire });
    const bob = await ImClient.connect(server, await server.login('bob', 'hand'), { wire });
    const { roomId } = await alice.createRoom(`by ${wire}`, ['bob']);
    const { head } = await bob.openInbox({ since: 'latest', window: 4 });
    await bob.raw.receipt('UNSUBSCRIBE\nid:inbox\n\n\0');
    for (let n = 0; n < 10; n++) await alice.say(roomId, `missed ${n}`);
    await bob.openInbox({ since: head, window: 4 });
    await alice.say(roomId, 'new');
    const texts: string[] = [];
    while (texts.at(-1) !== 'new') texts.push((await bob.nextEvent()).message_content.text);
    expect(texts).toEqual([...Array.from({ length: 10 }, (_, n) => `missed ${n}`), 'new']);
    const { room, members } = await bob.ask('/app/im.room', { room_id: roomId });
    expect([room.unread, members.length]).toEqual([11, 2]);
  },
);

describe('@stomp/stompjs', () => {
  const clients: Client[] = [];

  const connect = async ({ token, deviceId }: Credentials): Promise<Client> => {
    const client = new Client({
      webSocketFactory: () => new WebSocket(server.webSocketUrl, ['v12.stomp']),
      connectHeaders: { Authorization: `Bearer ${token}`, 'device-id': deviceId },
      reconnectDelay: 0,
    });
    clients.push(client);
    await new Promise<void>((resolve, reject) => {
      client.onConnect = () => resolve();
      client.onStompError = (frame) => reject(new Error(frame.headers.message));
      client.activate();
    });
    return client;
  };

  const send = (client: Client, body: object): Promise<Record<string, string>> =>
    new Promise((resolve) => {
      const receipt = randomUUID();
      client.watchForReceipt(receipt, ({ headers }) => resolve(headers));
      client.publish({ destination: '/app/im.send', headers: { receipt }, body: JSON.stringify(body) });
    });

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.deactivate())));

  it('sends without a content type, watches for the RECEIPT, and acknowledges its inbox', async () => {
    const alice = await connect(await server.login('alice', 'lib'));
    const bob = await connect(await server.login('bob', 'lib'));
    const arrived = new Promise<IMessage>((resolve) => {
      const listen = (message: IMessage): void => {
        message.ack();
        if (JSON.parse(message.body).message_content?.text === '你好') resolve(message);
      };
      bob.subscribe('/user/queue/im.inbox', listen, { ack: 'client', since: 'latest' });
    });
    const message = { client_msg_id: randomUUID(), to_user_id: 'bob', type: 'unicast', message_type: 1 };
    const receipt = await send(alice, { ...message, message_content: { text: '你好' } });
    expect(receipt).toMatchObject({ dup: 'false', 'room-id': expect.any(String), 'inbox-seq': expect.any(String) });
    const { headers, body } = await arrived;
    expect(JSON.parse(body)).toMatchObject({ seq: Number(receipt.seq), inbox_seq: Number(headers['inbox-seq']) });
    expect((await send(alice, { ...message, message_content: { text: '你好' } })).dup).toBe('true');
  });
});
