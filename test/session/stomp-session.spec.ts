import type { Message } from '../../lib/index.js';
import { startRuntime } from '../utils/runtime.js';

describe('StompSession', () => {
  it('answers CONNECT with version, heart-beat, user name, session and server', async () => {
    const client = startRuntime().open({ user: { name: 'alice' } });
    client.transmit('CONNECT', { 'accept-version': '1.1,1.2', host: 'localhost' });
    const { headers } = await client.next('CONNECTED');
    expect(headers.keys()).toEqual(['version', 'heart-beat', 'user-name', 'session', 'server']);
    expect(headers.get('version')).toBe('1.2');
    expect(headers.get('heart-beat')).toBe('10000,10000');
    expect(headers.get('user-name')).toBe('alice');
  });

  it.each<[string, unknown, ((message: Message) => Message)?]>([
    ['authenticate names a user without a name', { id: 1 }],
    ['authenticate names a user that is no object', 'alice'],
    ['an interceptor sets a user without a name', undefined, (message) => message.with({ user: { id: 1 } as never })],
  ])('refuses a client when %s', async (_, user, preSend = (message: Message) => message) => {
    const { open, runtime } = startRuntime(
      { authenticate: () => user as never },
      { clientInboundChannel: [{ preSend }] },
    );
    const client = open();
    client.transmit('CONNECT', { 'accept-version': '1.2' });
    expect((await client.next('ERROR')).body.toString()).toContain('must have a name');
    expect(await client.closed).toMatchObject({ code: 1002 });
    expect(runtime.users.getUserCount()).toBe(0);
  });

  it('speaks STOMP 1.0 with a client that does not say what it accepts', async () => {
    const client = startRuntime().open();
    client.transmit('CONNECT', {});
    expect((await client.next('CONNECTED')).headers.get('version')).toBe('1.0');
  });

  it('refuses a client that accepts no version this server speaks, and says which ones there are', async () => {
    const client = startRuntime().open();
    client.transmit('CONNECT', { 'accept-version': '3.0' });
    const { headers } = await client.next('ERROR');
    expect(headers.get('version')).toBe('1.2,1.1,1.0');
    expect(await client.closed).toMatchObject({ code: 1002 });
  });

  it.each([
    ['SEND before CONNECT', 'SEND\ndestination:/topic/x\n\n\0', 'STOMP_ERR_NOT_CONNECTED'],
    ['an unknown command', 'FOO\n\n\0', 'STOMP_ERR_UNKNOWN_COMMAND'],
    ['a frame that only servers send', 'MESSAGE\n\n\0', 'STOMP_ERR_UNKNOWN_COMMAND'],
    ['a header without colon', 'CONNECT\nbad\n\n\0', 'STOMP_ERR_MALFORMED_FRAME'],
    ['bytes that are no STOMP', 'GET / HTTP/1.1\r\n\r\n', 'STOMP_ERR_UNKNOWN_COMMAND'],
  ])('answers %s with ERROR and close 1002', async (_, bytes, code) => {
    const client = startRuntime().open();
    client.write(bytes);
    expect((await client.next('ERROR')).headers.get('code')).toBe(code);
    expect(await client.closed).toMatchObject({ code: 1002 });
  });

  it('refuses a second CONNECT', async () => {
    const client = await startRuntime().connect();
    client.transmit('CONNECT', {});
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_ALREADY_CONNECTED');
  });

  it('closes with 1009 when a frame is over the limit', async () => {
    const client = await startRuntime({ transport: { messageSizeLimit: 1_000 } }).connect();
    client.transmit('SEND', { destination: '/topic/x' }, 'x'.repeat(2_000));
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_FRAME_TOO_LARGE');
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('handles what comes with CONNECT in one message once the client is connected', async () => {
    const client = startRuntime().open();
    client.write(
      'CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/x\n\n\0SEND\ndestination:/topic/x\n\nhello\0',
    );
    expect((await client.next('MESSAGE')).body.toString()).toBe('hello');
  });

  it('sends RECEIPT for SUBSCRIBE, SEND and UNSUBSCRIBE, and closes after that of DISCONNECT', async () => {
    const client = await startRuntime().connect();
    const id = await client.subscribe('/topic/x');
    await client.send('/topic/x', 'one');
    await client.receipt('UNSUBSCRIBE', { id });
    await client.send('/topic/x', 'two');
    await client.disconnect();
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect(client.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['one']);
  });

  it('delivers the MESSAGE frame that Spring delivers', async () => {
    const client = await startRuntime().connect();
    const id = await client.subscribe('/topic/x');
    await client.send('/topic/x', 'hi', {
      'content-type': 'text/plain',
      custom: 'a:b',
      'message-id': 'forged',
    });
    const { headers, body } = await client.next('MESSAGE');
    expect(headers.keys()).toEqual([
      'destination',
      'content-type',
      'subscription',
      'message-id',
      'custom',
      'content-length',
    ]);
    expect(headers.get('subscription')).toBe(id);
    expect(headers.get('custom')).toBe('a:b');
    expect(headers.get('message-id')).not.toBe('forged');
    expect(body.toString()).toBe('hi');
  });

  it('keeps user destinations to the session they belong to', async () => {
    const { connect, runtime } = startRuntime();
    const alice = await connect({ user: { name: 'alice' } });
    const bob = await connect({ user: { name: 'bob' } });
    await alice.subscribe('/user/queue/one');
    for (const destination of [
      '/user/queue/one',
      '/queue/**',
      '/queue/*',
      '/user/alice/queue/one',
      '/**',
      '/queue/one-user*',
    ]) {
      await bob.subscribe(destination).catch(() => undefined);
    }
    await runtime.template.convertAndSendToUser('alice', '/queue/one', 'secret');
    expect((await alice.next('MESSAGE')).headers.get('destination')).toBe('/user/queue/one');
    await bob.send('/topic/nothing');
    expect(bob.take('MESSAGE')).toEqual([]);
  });

  it('says which SEND a full work queue has refused', async () => {
    const { connect } = startRuntime({ broker: { queues: [{ prefix: '/queue', maxMessages: 1 }] } });
    const client = await connect();
    await client.send('/queue/a', 'one');
    client.transmit('SEND', { destination: '/queue/a', receipt: 'second' }, 'two');
    const { headers } = await client.next('ERROR');
    expect(headers.get('code')).toBe('STOMP_ERR_QUEUE_FULL');
    expect(headers.get('receipt-id')).toBe('second');
  });

  it('tells a client that listens for its errors, and goes on', async () => {
    const { connect } = startRuntime({ broker: { queues: [{ prefix: '/queue', maxMessages: 1 }] } });
    const client = await connect({ user: { name: 'alice' } });
    await client.subscribe('/user/queue/errors');
    await client.send('/queue/a', 'one');
    client.transmit('SEND', { destination: '/queue/a', receipt: 'second' }, 'two');
    expect((await client.next('MESSAGE')).headers.get('failed-receipt')).toBe('second');
    await client.send('/topic/x', 'still here');
  });

  it('gives the report of an error an acknowledgement where the subscription asks for one', async () => {
    const { connect } = startRuntime({ broker: { queues: [{ prefix: '/queue', maxMessages: 1 }] } });
    const client = await connect({ user: { name: 'alice' } });
    const id = await client.subscribe('/user/queue/errors', { ack: 'client-individual' });
    await client.send('/queue/a', 'one');
    const reports = [];
    for (let i = 0; i < 120; i++) {
      client.transmit('SEND', { destination: '/queue/a' }, 'two');
      reports.push(await client.next('MESSAGE'));
    }
    await client.receipt('ACK', { id: reports.at(-1)!.headers.get('ack') });
    await client.receipt('UNSUBSCRIBE', { id });
    await expect(client.receipt('ACK', { id: reports.at(-2)!.headers.get('ack') })).rejects.toThrow(/STOMP_ERR_ACK/);
  });

  it('sends no RECEIPT for what an interceptor has dropped', async () => {
    const { connect } = startRuntime(
      {},
      {
        clientInboundChannel: [
          { preSend: (message) => (message.headers.nativeHeaders.has('unwanted') ? null : message) },
        ],
      },
    );
    const client = await connect();
    client.transmit('SUBSCRIBE', { id: 'x', destination: '/topic/x', receipt: 'dropped', unwanted: true });
    client.transmit('SEND', { destination: '/topic/x', receipt: 'dropped', unwanted: true });
    await client.send('/topic/x', 'one');
    expect(client.take('RECEIPT')).toEqual([]);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('waits for an interceptor and keeps the order', async () => {
    const { connect } = startRuntime(
      {},
      { clientInboundChannel: [{ preSend: async (message) => (await Promise.resolve(), message) }] },
    );
    const client = await connect();
    client.write('SUBSCRIBE\nid:1\ndestination:/topic/x\n\n\0');
    for (let i = 0; i < 100; i++) client.write(`SEND\ndestination:/topic/x\n\n${i}\0`);
    const bodies: string[] = [];
    while (bodies.length < 100) bodies.push((await client.next('MESSAGE')).body.toString());
    expect(bodies).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });
});
