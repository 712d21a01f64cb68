import { SocketServer } from '../utils/socket-server.js';
import type { Delivered, ForeignClient } from './foreign-client.js';
import { LIBRARIES } from './libraries.js';

const UTF_8 = 'Grüße, 日本, 🙂\n"quoted" \\ : ^ \u2028';
const OCTETS = Buffer.from([0, 1, 10, 13, 0, 127, 128, 200, 255, 0]);

/** SockJS carries text only, webstomp takes everything for UTF-8, and for stompjs 2 a NUL ends a frame whatever its length is. */
function canRead(name: string, octet: number): boolean {
  if (name.includes('sockjs') || name.startsWith('webstomp')) return octet > 0 && octet < 128;
  return name.startsWith('stompjs 2') ? octet > 0 : true;
}

/** What has come, and the wait for more. */
class Inbox {
  readonly all: Delivered[] = [];
  #wake: () => void = () => {};

  readonly put = (message: Delivered): void => {
    this.all.push(message);
    this.#wake();
  };

  async atLeast(count: number): Promise<Delivered[]> {
    while (this.all.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.all;
  }
}

describe.each(Object.entries(LIBRARIES))('%s', (name, { version, create }) => {
  let server: SocketServer;
  let client: ForeignClient;
  let inbox: Inbox;

  beforeEach(async () => {
    server = await SocketServer.start({ broker: { queues: ['/queue/work'] } });
    client = create(server.url);
    inbox = new Inbox();
  });

  afterEach(async () => {
    await server.stop();
    expect(server.errors).toEqual([]);
  });

  it(`speaks STOMP ${version} with this server`, async () => {
    expect(await client.connect()).toBe(version);
  });

  it('subscribes with a receipt, sends and receives, and unsubscribes', async () => {
    await client.connect();
    const unsubscribe = await client.subscribe('/topic/a', inbox.put);
    client.send('/topic/a', 'hello', { 'content-type': 'text/plain', custom: 'value' });
    const [message] = await inbox.atLeast(1);
    expect(message!.text).toBe('hello');
    expect(message!.headers).toMatchObject({ destination: '/topic/a', custom: 'value', 'content-type': 'text/plain' });
    unsubscribe();
    await client.sendWithReceipt('/topic/a', 'nobody');
    expect(inbox.all).toHaveLength(1);
  });

  it('sends and receives UTF-8', async () => {
    await client.connect();
    await client.subscribe('/topic/a', inbox.put);
    client.send('/topic/a', UTF_8);
    client.send('/topic/a', UTF_8, { 'content-type': 'application/json' });
    expect((await inbox.atLeast(2)).map(({ text }) => text)).toEqual([UTF_8, UTF_8]);
  });

  it('sends and receives a body that the library cuts into several messages', async () => {
    await client.connect();
    await client.subscribe('/topic/a', inbox.put);
    const body = Array.from({ length: 6_000 }, (_, i) => String(i).padStart(9, ' ')).join('-');
    client.send('/topic/a', body);
    expect((await inbox.atLeast(1))[0]!.text).toBe(body);
  });

  it('receives octets', async () => {
    await client.connect();
    await client.subscribe('/topic/a', inbox.put);
    const sent = OCTETS.filter((octet) => canRead(name, octet));
    await server.runtime.template.convertAndSend('/topic/a', sent);
    const [message] = await inbox.atLeast(1);
    expect([...message!.octets]).toEqual([...sent]);
  });

  it('acknowledges message by message', async () => {
    await client.connect();
    const unsubscribe = await client.subscribe('/queue/work/a', inbox.put, { ack: 'client-individual' });
    for (const body of ['one', 'two', 'three']) client.send('/queue/work/a', body);
    (await inbox.atLeast(3))[1]!.ack();
    unsubscribe();
    await client.sendWithReceipt('/topic/a', 'settled');
    const again = new Inbox();
    await client.subscribe('/queue/work/a', again.put);
    expect((await again.atLeast(2)).map(({ text }) => text)).toEqual(['one', 'three']);
  });

  it('acknowledges all that came before', async () => {
    await client.connect();
    const unsubscribe = await client.subscribe('/queue/work/a', inbox.put, { ack: 'client' });
    for (const body of ['one', 'two', 'three']) client.send('/queue/work/a', body);
    (await inbox.atLeast(3))[1]!.ack();
    unsubscribe();
    await client.sendWithReceipt('/topic/a', 'settled');
    const again = new Inbox();
    await client.subscribe('/queue/work/a', again.put);
    expect((await again.atLeast(1)).map(({ text }) => text)).toEqual(['three']);
  });

  it('gives back what it does not want', async () => {
    await client.connect();
    await client.subscribe('/queue/work/a', inbox.put, { ack: 'client-individual' });
    client.send('/queue/work/a', 'one');
    (await inbox.atLeast(1))[0]!.nack();
    const again = (await inbox.atLeast(2))[1]!;
    expect(again.headers).toMatchObject({ redelivered: 'true', 'message-id': inbox.all[0]!.headers['message-id'] });
    again.ack();
    await client.sendWithReceipt('/topic/a', 'settled');
  });

  it('commits and aborts transactions', async () => {
    await client.connect();
    await client.subscribe('/topic/a', inbox.put);
    const [committed, aborted] = [client.begin(), client.begin()];
    client.send('/topic/a', 'committed', { transaction: committed.id });
    client.send('/topic/a', 'aborted', { transaction: aborted.id });
    await client.sendWithReceipt('/topic/a', 'outside');
    expect(inbox.all.map(({ text }) => text)).toEqual(['outside']);
    aborted.abort();
    committed.commit();
    await client.sendWithReceipt('/topic/a', 'after');
    expect((await inbox.atLeast(3)).map(({ text }) => text)).toEqual(['outside', 'committed', 'after']);
  });

  it('sends 2,000 messages, which come in order, and says goodbye at once', async () => {
    await client.connect();
    const receiver = await server.connect();
    await receiver.subscribe('s', '/topic/a');
    for (let i = 0; i < 2_000; i++) client.send('/topic/a', String(i));
    // SockJS over HTTP forgets what it has not sent yet when it is closed.
    if (name.includes('xhr') || name.includes('eventsource')) await client.sendWithReceipt('/topic/b', '');
    const gone = client.disconnect();
    expect(await receiver.bodies(2_000)).toEqual(Array.from({ length: 2_000 }, (_, i) => String(i)));
    await gone;
  });

  it('says goodbye, and its session is over', async () => {
    await client.connect();
    const [session] = server.runtime.sessions;
    const ended = new Promise<void>((resolve) => session!.onEnd(resolve));
    await client.disconnect();
    await ended;
  });
});
