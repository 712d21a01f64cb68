import { setTimeout as delay } from 'node:timers/promises';
import { descriptors, FEW, many, until } from '../threats/support/attack.js';
import { CONTROL, ControlPair } from '../utils/control-pair.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';

const hanging: SocketServerOptions['application'] = ({ headers }) =>
  headers.destination === '/app/hang' ? new Promise(() => {}) : undefined;

describe('A server under attack', () => {
  let server: SocketServer;
  let control: ControlPair;
  let open: number;

  beforeEach(() => void (open = descriptors()));

  const start = async (options: SocketServerOptions = {}): Promise<void> => {
    server = await SocketServer.start(options);
    control = await ControlPair.start(server);
  };

  afterEach(async () => {
    await control.isUnharmed();
    await until(() => server.runtime.sessions.size === 0);
    expect(server.runtime.users.getUserCount()).toBe(0);
    await until(() => descriptors() <= open + FEW);
    await server.stop();
    expect(server.errors).toEqual([]);
  });

  it('takes 1,000 CONNECTs on one connection for one session and an ERROR', async () => {
    await start();
    const client = await server.open();
    client.write('CONNECT\naccept-version:1.2\n\n\0'.repeat(1_000));
    await client.next('CONNECTED');
    expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_ALREADY_CONNECTED');
    expect(await client.closed).toMatchObject({ code: 1002 });
    expect(client.take()).toEqual([]);
  });

  it('outlives 2,000 clients that connect, subscribe and vanish', async () => {
    await start();
    for (let round = 0; round < 20; round++) {
      await many(100, async (index) => {
        const client = await server.open();
        client.write(`CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:${CONTROL}/${index}\n\n\0`);
        if (index % 2) await client.next('CONNECTED');
        client.terminate();
      });
    }
    await until(() => server.runtime.sessions.size === 2);
  });

  it.each([
    ['a command', 'X'],
    ['a header', 'SEND\nlong:x'],
    ['headers', 'SEND\nh:1\nh:1'],
    ['a body', 'SEND\ndestination:/topic/a\n\nx'],
    ['a body with a content-length', 'SEND\ndestination:/topic/a\ncontent-length:60000\n\nx'],
  ])('cuts off a client that sends %s without end', async (_, beginning) => {
    await start();
    const client = await server.connect();
    client.write(beginning);
    const rest = beginning.endsWith('1') ? '\nh:1'.repeat(300) : beginning.at(-1)!.repeat(1_000);
    const sending = setInterval(() => client.write(rest), 1);
    await client.closed.finally(() => clearInterval(sending));
    expect(client.take('ERROR')).toHaveLength(1);
  });

  it('reads EOLs without end and holds none of them', async () => {
    await start();
    const client = await server.connect();
    for (let i = 0; i < 200; i++) client.write('\n'.repeat(60_000));
    await client.settled();
    client.terminate();
  });

  it('serves 50 clients that send one octet at a time', async () => {
    await start();
    await many(50, async (index) => {
      const client = await server.connect();
      await client.subscribe('s', `/topic/slow/${index}`);
      for (const octet of `SEND\ndestination:/topic/slow/${index}\ncontent-length:3\n\na\0b\0`) client.write(octet);
      expect(await client.body()).toBe('a\0b');
      client.terminate();
    });
  });

  it('forgets clients that are cut off in the middle of a frame, a transaction or a CONNECT', async () => {
    await start({ authenticate: ({ login }) => (login === 'slow' ? delay(50) : undefined) });
    const pieces = [
      'CONN',
      'CONNECT\naccept-version:1.2\nlogin:slow\n\n\0',
      'CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/topic/a\n\nhal',
      'CONNECT\naccept-version:1.2\n\n\0BEGIN\ntransaction:t\n\n\0SEND\ndestination:/topic/a\ntransaction:t\n\nx\0',
      'CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/user/queue/a\nack:client\n\n\0DISC',
    ];
    await many(200, async (index) => {
      const client = await server.open();
      client.write(pieces[index % pieces.length]!);
      client.terminate();
    });
    await until(() => server.runtime.sessions.size === 2);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('thrown');
      },
    ],
    ['rejects', () => Promise.reject(new Error('rejected'))],
    [
      'throws what is no error',
      () => {
        throw 'text';
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
    ],
    ['rejects with nothing', () => Promise.reject()],
    [
      'rejects late',
      () =>
        delay(20).then(() => {
          throw new Error('late');
        }),
    ],
  ])('survives 300 clients whose handler %s', async (_, application) => {
    await start({ application: ({ headers }) => (headers.destination === '/app/fail' ? application() : undefined) });
    await many(300, async () => {
      const client = await server.connect();
      client.write('SEND\ndestination:/app/fail\nreceipt:r\n\n\0');
      expect((await client.next('ERROR')).header('receipt-id')).toBe('r');
      expect(await client.closed).toMatchObject({ code: 1002 });
    });
  });

  it('serves the others while a handler never ends, holds the client back meanwhile, and forgets it when it goes', async () => {
    // A connection that nobody reads from shows that it is cut only when something is written to it.
    await start({ application: hanging, broker: { heartbeat: [200, 0] } });
    const client = await server.connect('1.2', 'heart-beat:0,200\n');
    client.write('SEND\ndestination:/app/hang\n\n\0');
    const frame = `SEND\ndestination:/topic/a\n\n${'x'.repeat(60_000)}\0`;
    for (let i = 0; i < 500; i++) client.write(frame);
    await client.beaten(2);
    client.terminate();
    await until(() => server.runtime.sessions.size === 2);
  });

  it('closes at its own shutdown even if a handler never ends and its client has gone', async () => {
    await start({ application: hanging });
    const [gone, here] = [await server.connect(), await server.connect()];
    for (const client of [gone, here]) {
      client.write('SEND\ndestination:/app/hang\n\n\0').write('SEND\ndestination:/topic/a\n\n\0');
    }
    await (await server.connect()).receipt('DISCONNECT\n\n\0');
    gone.terminate();
    await control.isUnharmed();
    const stopped = server.stop();
    expect(await here.closed).toMatchObject({ code: 1001 });
    await stopped;
    await start();
  });

  it('takes no notice of what a client sends after an ERROR, however much, and closes', async () => {
    await start({ transport: { closeTimeout: 200 } });
    const listener = await server.connect();
    await listener.subscribe('s', '/topic/after');
    const client = await server.connect();
    client.write('NONSENSE\n\n\0');
    for (let i = 0; i < 2_000; i++) client.write('SEND\ndestination:/topic/after\nreceipt:r\n\nx\0');
    await client.closed;
    await listener.settled();
    expect(listener.take('MESSAGE')).toEqual([]);
    expect(client.take().map(({ command }) => command)).toEqual(['ERROR']);
    listener.terminate();
  });

  it('cuts off a client that does not read its ERROR and its close frame', async () => {
    await start({ transport: { closeTimeout: 200 } });
    const client = await server.connect();
    client.pause();
    client.write('NONSENSE\n\n\0');
    await until(() => server.runtime.sessions.size === 2);
    client.terminate();
  });

  it('closes on a client that does not read with 4500, while the others get everything', async () => {
    await start();
    const [frozen, reader, sender] = [await server.connect(), await server.connect(), await server.connect()];
    for (const client of [frozen, reader]) await client.subscribe('s', '/topic/flood');
    frozen.pause();
    const frame = `SEND\ndestination:/topic/flood\n\n${'x'.repeat(60_000)}\0`;
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 9; j++) sender.write(frame);
      await sender.receipt(frame);
    }
    await until(() => server.runtime.sessions.size === 4);
    expect(await reader.bodies(400)).toHaveLength(400);
    for (const client of [frozen, reader, sender]) client.terminate();
  });

  it.each([
    ['/topic' + '/**'.repeat(2_000), '/topic' + '/a'.repeat(2_000)],
    ['/topic' + '/**/a'.repeat(1_200), '/topic' + '/a'.repeat(2_500) + '/b'],
    ['/topic/' + '*a'.repeat(2_000) + 'b', '/topic/' + 'a'.repeat(5_000)],
    ['/topic/*' + '?'.repeat(2_000) + 'b*', '/topic/' + 'a'.repeat(7_000)],
    ['/topic/' + '{a}'.repeat(2_000), '/topic/' + 'a'.repeat(7_000)],
    ['/topic' + '/a'.repeat(3_000), '/topic' + '/a'.repeat(3_000)],
    // Spring 4.3 never came back from this one.
    ['/topic/*a*a*a*ab', '/topic/' + 'a'.repeat(2_000)],
    ['/topic/' + '*'.repeat(7_000), '/topic/' + 'a'.repeat(7_000)],
  ])('stays quick with a destination of many wildcards or levels (%#)', async (pattern, destination) => {
    await start();
    const client = await server.connect();
    for (let i = 0; i < 20; i++) client.write(`SUBSCRIBE\nid:${i}\ndestination:${pattern}${'/x'.repeat(i)}\n\n\0`);
    const sender = await server.connect();
    for (let i = 0; i < 20; i++) sender.write(`SEND\ndestination:${destination}\n\n\0`);
    // Either is answered: by the RECEIPT, or by the ERROR that says that there are too many of them.
    await Promise.allSettled([client.settled(), sender.settled()]);
    client.terminate();
    sender.terminate();
  });

  it('stays quick while a client answers one by one, from the last to the first, what it has piled up', async () => {
    await start();
    const client = await server.connect('1.0');
    for (let i = 0; i < 20; i++) await client.subscribe(String(i), '/topic/piled', 'ack:client-individual\n');
    for (let i = 0; i < 200; i++) client.write('SEND\ndestination:/topic/piled\n\n\0');
    await client.settled();
    const messages = client.take('MESSAGE').toReversed();
    expect(messages).toHaveLength(4_000);
    for (const message of messages) {
      client.write(
        `ACK\nmessage-id:${message.header('message-id')}\nsubscription:${message.header('subscription')}\n\n\0`,
      );
    }
    await client.settled();
    client.terminate();
  });

  it.each([
    ['5,000 BEGINs', (i: number) => `BEGIN\ntransaction:${i}\n\n\0`],
    [
      'a transaction of 160 MB',
      (i: number) =>
        i ? `SEND\ndestination:/topic/a\ntransaction:t\n\n${'x'.repeat(32_000)}\0` : 'BEGIN\ntransaction:t\n\n\0',
    ],
    [
      'a transaction of headers',
      (i: number) =>
        i
          ? `SEND\ndestination:/topic/a\ntransaction:t\n${`h:${'x'.repeat(3_000)}\n`.repeat(10)}\n\0`
          : 'BEGIN\ntransaction:t\n\n\0',
    ],
    ['5,000 SUBSCRIBEs', (i: number) => `SUBSCRIBE\nid:${i}\ndestination:/topic/a\n\n\0`],
  ])('ends the session of a client that wants it to hold %s', async (_, frame) => {
    await start();
    const client = await server.connect();
    for (let i = 0; i < 5_000; i++) client.write(frame(i));
    expect((await client.next('ERROR')).header('code')).toMatch(/STOMP_ERR_(TRANSACTION|SUBSCRIPTION_LIMIT)/);
    await client.closed;
  });

  it('closes on clients whose authentication never ends, and takes no late answer', async () => {
    const late: ((user: { name: string }) => void)[] = [];
    await start({
      transport: { timeToFirstMessage: 300 },
      authenticate: ({ login }) => (login ? new Promise((resolve) => late.push(resolve)) : undefined),
    });
    const clients = await many(50, () => server.open());
    for (const client of clients) client.write('CONNECT\naccept-version:1.2\nlogin:eve\n\n\0');
    for (const client of clients) expect(await client.closed).toMatchObject({ code: 4408 });
    late.forEach((resolve) => resolve({ name: 'eve' }));
    await control.isUnharmed();
    expect(clients.flatMap((client) => client.take('CONNECTED'))).toEqual([]);
    expect(server.runtime.users.getUser('eve')).toBeUndefined();
    control = await ControlPair.start(server);
  });

  it('survives frames that were changed at random', async () => {
    await start({ broker: { queues: ['/queue/work'], selector: true } });
    const random = seeded(42);
    const conversation = Buffer.from(
      'CONNECT\naccept-version:1.0,1.1,1.2\nhost:a\nheart-beat:0,0\n\n\0' +
        'SUBSCRIBE\nid:1\ndestination:/queue/work/a\nack:client\nprefetch-count:3\nselector:a == 1\n\n\0' +
        'BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/work/a\ntransaction:t\ncontent-length:5\na:1\n\nhello\0' +
        'COMMIT\ntransaction:t\n\n\0ACK\nid:1\n\n\0UNSUBSCRIBE\nid:1\n\n\0DISCONNECT\nreceipt:1\n\n\0',
    );
    for (let round = 0; round < 20; round++) {
      await many(50, async () => {
        const client = await server.open();
        const bytes = Buffer.from(conversation);
        for (let i = random(8); i >= 0; i--) bytes[random(bytes.length)] = random(256);
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + random(200);
          client.write(bytes.subarray(at, end));
          at = end;
        }
        // The end of any frame that is still open, and then no frame.
        client.write(Buffer.from('\0\nX\n\n\0'.repeat(2) + 'x'.repeat(70_000)));
        await client.closed;
      });
    }
  });

  it('goes on when a listener to its events fails', async () => {
    await start();
    const stopListening = server.runtime.events.subscribe(() => {
      throw new Error('a listener');
    });
    const client = await server.connect();
    await client.subscribe('s', '/topic/a');
    await client.receipt('DISCONNECT\n\n\0');
    await client.closed;
    // Connect, Connected, Subscribe and Disconnect.
    await until(() => server.errors.length === 4);
    stopListening();
    server.errors.length = 0;
  });
});

/** Numbers that look random and are the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
