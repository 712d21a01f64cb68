import { randomUUID } from 'node:crypto';
import { ImClient } from '../support/im-client.js';
import { ImServer, type Credentials } from '../support/im-server.js';

describe('A server that is killed on the way of a message', () => {
  let server: ImServer;
  let alice: Credentials;
  let bob: Credentials;
  let roomId: string;

  beforeAll(async () => {
    server = await ImServer.start();
    alice = await server.login('alice');
    bob = await server.login('bob');
    ({ roomId } = await (await ImClient.connect(server, alice)).createRoom('fail points', ['bob']));
  }, 30_000);

  afterAll(() => server.remove());

  afterEach(() => {
    ImClient.disconnectAll();
    expect(server.complaints).toEqual([]);
  });

  /** The first thing to be committed ends the process. */
  async function restartWith(failPoint: string): Promise<void> {
    await server.kill();
    await server.startAgain({ IM_FAIL_POINT: failPoint, IM_DEMO: '0' });
  }

  function newMessage(): { client_msg_id: string; room_id: string; message_content: object } {
    const client_msg_id = randomUUID();
    return { client_msg_id, room_id: roomId, message_content: { text: `before and after ${client_msg_id}` } };
  }

  /** How often bob's device gets the message, coming back after it knew of `since`. */
  async function timesInInbox(since: number, clientMsgId: string): Promise<number> {
    const client = await ImClient.connect(server, bob);
    const { head } = await client.openInbox({ since });
    let times = 0;
    for (let place = since + 1; place <= head; place++) {
      const event = await client.nextEvent();
      expect(event.inbox_seq).toBe(place);
      if (event.client_msg_id === clientMsgId) times++;
    }
    return times;
  }

  async function headOfBob(): Promise<number> {
    const client = await ImClient.connect(server, bob);
    return (await client.openInbox({ since: 'latest' })).head;
  }

  it.each([
    ['before-commit', false],
    ['after-commit', true],
  ])('%s has sent no RECEIPT; sent again, the message is stored once', async (failPoint, dup) => {
    const since = await headOfBob();
    await restartWith(failPoint);
    const client = await ImClient.connect(server, alice);
    const message = newMessage();
    await expect(client.send(message)).rejects.toThrow('The connection was closed');
    expect(await server.ended()).toBe('SIGKILL');
    expect(client.raw.take('RECEIPT')).toEqual([]);

    await server.startAgain();
    const back = await ImClient.connect(server, alice);
    const before = (await back.ask('/app/im.history', { room_id: roomId })).messages;
    expect(before.some(({ client_msg_id }: any) => client_msg_id === message.client_msg_id)).toBe(dup);
    const sent = await back.send(message);
    expect(sent).toMatchObject({ roomId, seq: before.length + (dup ? 0 : 1), dup });
    expect(await back.send(message)).toEqual({ ...sent, dup: true });
    const { messages } = await back.ask('/app/im.history', { room_id: roomId });
    const copies = messages.filter(({ client_msg_id }: any) => client_msg_id === message.client_msg_id);
    expect(copies).toEqual([expect.objectContaining({ seq: sent.seq, message_id: sent.messageId })]);
    expect(await timesInInbox(since, message.client_msg_id)).toBe(1);
  });

  it('after the RECEIPT and before the fan-out has told nobody; who comes back gets the message once', async () => {
    const since = await headOfBob();
    await restartWith('after-receipt');
    const peer = await ImClient.connect(server, bob);
    await peer.openInbox({ since });
    const client = await ImClient.connect(server, alice);
    const message = newMessage();
    const sent = await client.send(message);
    expect(sent).toMatchObject({ roomId, dup: false });
    expect(await server.ended()).toBe('SIGKILL');
    await peer.raw.closed;
    expect(peer.raw.take('MESSAGE')).toEqual([]);

    await server.startAgain();
    expect(await timesInInbox(since, message.client_msg_id)).toBe(1);
    const back = await ImClient.connect(server, alice);
    expect(await back.send(message)).toEqual({ ...sent, dup: true });
    const { messages } = await back.ask('/app/im.history', { room_id: roomId, after: sent.seq - 1 });
    expect(messages).toMatchObject([{ client_msg_id: message.client_msg_id, seq: sent.seq }]);
  });
});
