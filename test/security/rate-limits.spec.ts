import type { RateLimitOptions } from '../../lib/interfaces/rate-limit-options.interface.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import { TokenBucket } from '../../lib/utils/token-bucket.js';
import { TokenBuckets } from '../../lib/utils/token-buckets.js';
import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer } from '../utils/socket-server.js';

let server: SocketServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(...rateLimits: RateLimitOptions[]): Promise<void> {
  server = await SocketServer.start({
    authenticate: ({ login }) => (login ? { name: login } : undefined),
    rateLimits,
  });
}

async function enter(login = ''): Promise<RawStompClient> {
  const client = await server!.connect('1.2', login && `login:${login}\n`);
  await client.subscribe('errors', '/user/queue/errors');
  return client;
}

/** How many of `count` frames in a row are let pass, and what the client is told of the others. */
async function flood(client: RawStompClient, destination: string, count: number, body = ''): Promise<number> {
  let passed = 0;
  for (let i = 0; i < count; i++) client.write(`SEND\ndestination:${destination}\nreceipt:flood\n\n${body}\0`);
  for (let i = 0; i < count; i++) {
    const answer = await client.next(
      (frame) => (frame.header('receipt-id') ?? frame.header('failed-receipt')) === 'flood',
    );
    if (answer.command === 'RECEIPT') passed++;
    else expect(answer.header('error-code')).toBe('RATE_LIMIT_EXCEEDED');
  }
  return passed;
}

/** A transaction `t` of so many frames, which waits for its COMMIT. */
async function transaction(client: RawStompClient, count: number): Promise<void> {
  client.write('BEGIN\ntransaction:t\n\n\0');
  for (let i = 0; i < count; i++) client.write(`SEND\ndestination:/topic/a\ntransaction:t\n\n${i}\0`);
  await client.receipt('SEND\ndestination:/queue/a\n\n\0');
}

/** So slow that nothing comes in while a test runs. */
const SLOW = 0.001;

describe('A rate limit', () => {
  it('of each session leaves other sessions alone', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    expect(await flood(alice, '/topic/a', 9)).toBe(5);
    expect(await flood(bob, '/topic/a', 9)).toBe(5);
    expect(await flood(alice, '/queue/a', 9)).toBe(9);
  });

  it('of each user holds for all sessions of the user, those to come included', async () => {
    await start({ by: 'user', destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, otherTab, bob] = [await enter('alice'), await enter('alice'), await enter('bob')];
    expect((await flood(alice, '/topic/a', 4)) + (await flood(otherTab, '/topic/a', 4))).toBe(5);
    alice.terminate();
    otherTab.terminate();
    expect(await flood(await enter('alice'), '/topic/a', 2)).toBe(0);
    expect(await flood(bob, '/topic/a', 9)).toBe(5);
    const strangers = [await enter(), await enter()];
    for (const stranger of strangers) expect(await flood(stranger, '/topic/a', 9)).toBe(5);
  });

  it('of each address holds for all that come from there', async () => {
    await start({ by: 'address', destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    expect((await flood(alice, '/topic/a', 4)) + (await flood(bob, '/topic/b', 4))).toBe(5);
  });

  it('of each address holds for all IPv6 addresses among which a client can choose', async () => {
    server = await SocketServer.start({
      rateLimits: [{ by: 'address', destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } }],
      transport: { trustedProxies: ['127.0.0.1'] },
    });
    const from = async (address: string): Promise<RawStompClient> => {
      const client = await server!.connect('1.2', '', { headers: { 'x-forwarded-for': address } });
      await client.subscribe('errors', '/user/queue/errors');
      return client;
    };
    const [one, same, other] = [
      await from('2001:db8:1:2::a'),
      await from('2001:db8:1:2:ffff::b'),
      await from('2001:db8:1:3::a'),
    ];
    expect((await flood(one, '/topic/a', 4)) + (await flood(same, '/topic/a', 4))).toBe(5);
    expect(await flood(other, '/topic/a', 9)).toBe(5);
  });

  it('of each destination holds for all that send there', async () => {
    await start({ by: 'destination', destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    expect((await flood(alice, '/topic/a', 4)) + (await flood(bob, '/topic/a', 4))).toBe(5);
    expect(await flood(alice, '/topic/b', 4)).toBe(4);
  });

  it('of bytes counts bodies, and lets a larger one pass when nothing else has been sent', async () => {
    await start({ destination: '/topic/**', bytes: { perSecond: SLOW, burst: 100 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    expect(await flood(alice, '/topic/a', 5, 'x'.repeat(40))).toBe(2);
    expect(await flood(bob, '/topic/a', 2, 'x'.repeat(1_000))).toBe(1);
  });

  it('is one of several, and what one refuses takes nothing from the others', async () => {
    await start(
      { by: 'destination', destination: '/topic/**', frames: { perSecond: SLOW, burst: 4 } },
      { destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } },
    );
    const alice = await enter('alice');
    expect(await flood(alice, '/topic/a', 9)).toBe(4);
    expect(await flood(alice, '/topic/b', 9)).toBe(1);
  });

  it('counts a transaction as one, which may be larger than the burst and is paid for afterwards', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await bob.subscribe('s', '/topic/*');
    await transaction(alice, 20);
    expect(await alice.receipt('COMMIT\ntransaction:t\n\n\0')).toMatchObject({ command: 'RECEIPT' });
    expect(await bob.bodies(20)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
    expect(await flood(alice, '/topic/a', 1)).toBe(0);
  });

  it('refuses a transaction as a whole, which then takes nothing', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: SLOW, burst: 5 } });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await bob.subscribe('s', '/topic/*');
    expect(await flood(alice, '/topic/b', 2)).toBe(2);
    await transaction(alice, 4);
    alice.write('COMMIT\ntransaction:t\nreceipt:c\n\n\0');
    expect(await alice.next('MESSAGE')).toMatchObject({ command: 'MESSAGE' });
    expect(await flood(alice, '/topic/b', 9)).toBe(3);
    expect((await bob.bodies(5)).join('')).toBe('');
  });

  it('does not count what a transaction has aborted, or acknowledges', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: SLOW, burst: 2 } });
    const alice = await enter('alice');
    await transaction(alice, 20);
    await alice.receipt('ABORT\ntransaction:t\n\n\0');
    expect(await flood(alice, '/topic/a', 4)).toBe(2);
  });

  it('counts bytes of a transaction together, for each destination by itself', async () => {
    await start({ by: 'destination', destination: '/topic/**', bytes: { perSecond: SLOW, burst: 100 } });
    const alice = await enter('alice');
    alice.write('BEGIN\ntransaction:t\n\n\0');
    for (const destination of ['a', 'b', 'a', 'b']) {
      alice.write(`SEND\ndestination:/topic/${destination}\ntransaction:t\n\n${'x'.repeat(50)}\0`);
    }
    await alice.receipt('COMMIT\ntransaction:t\n\n\0');
    for (const destination of ['a', 'b']) expect(await flood(alice, `/topic/${destination}`, 2, 'x')).toBe(0);
    expect(await flood(alice, '/topic/c', 2, 'x'.repeat(50))).toBe(2);
  });

  it('tells the client when to try again, and is over then', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: 20, burst: 1 } });
    const alice = await enter('alice');
    await alice.receipt('SEND\ndestination:/topic/a\n\n\0');
    alice.write('SEND\ndestination:/topic/a\nreceipt:soon\n\n\0');
    const error = JSON.parse(await alice.body()) as { message: string; details: { retryAfter: number } };
    expect(error).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', receiptId: 'soon' });
    expect(error.message).toMatch(
      /^SEND "\/topic\/a" came too fast: 20 frames per second for each session are allowed\. Try again in \d+ ms\.$/,
    );
    expect(error.details.retryAfter).toBeGreaterThan(0);
    expect(error.details.retryAfter).toBeLessThanOrEqual(50);
    await new Promise((resolve) => setTimeout(resolve, error.details.retryAfter));
    await alice.receipt('SEND\ndestination:/topic/a\n\n\0');
  });

  it('ends a client that floods and never reads what it is told, and keeps nothing for it', async () => {
    server = await SocketServer.start({
      rateLimits: [{ destination: '/topic/**', frames: { perSecond: SLOW, burst: 1 } }],
      transport: { sendBufferSizeLimit: 16_384, closeTimeout: 200 },
    });
    const [flooder, bystander] = [await enter(), await enter()];
    const [session] = server.runtime.sessions;
    flooder.pause();
    while (!session!.isOver) {
      flooder.write('SEND\ndestination:/topic/a\n\n\0'.repeat(1_000));
      await bystander.receipt('SEND\ndestination:/queue/a\n\n\0');
    }
    expect(server.runtime.deliveries.size).toBe(0);
    flooder.terminate();
    bystander.terminate();
    while (server.runtime.sessions.size > 0) await new Promise(setImmediate);
    expect(server.runtime.counters.closed.toRecord()).toMatchObject({ 4500: 1 });
  });

  it('answers a client that does not listen for its errors with ERROR', async () => {
    await start({ destination: '/topic/**', frames: { perSecond: SLOW, burst: 1 } });
    const client = await server!.connect();
    for (let i = 0; i < 2; i++) client.write('SEND\ndestination:/topic/a\n\n\0');
    expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_RATE_LIMIT');
  });

  it('counts SUBSCRIBE too, but keeps nobody from unsubscribing and leaving', async () => {
    await start({ frames: { perSecond: SLOW, burst: 3 } });
    const client = await enter('alice');
    await client.subscribe('a', '/topic/a');
    await client.subscribe('b', '/topic/b');
    client.write('SUBSCRIBE\nid:c\ndestination:/topic/c\nreceipt:c\n\n\0');
    expect((await client.next('MESSAGE')).header('error-code')).toBe('RATE_LIMIT_EXCEEDED');
    for (const id of ['a', 'b']) await client.receipt(`UNSUBSCRIBE\nid:${id}\n\n\0`);
    await client.receipt('DISCONNECT\n\n\0');
  });
});

describe('A rate limit that cannot be', () => {
  it.each([
    [{ by: 'planet' }, /rateLimits\[0\]\.by must be one of "session", "user", "address", "destination"/],
    [{ frames: 0 }, /rateLimits\[0\]\.frames must be a number above 0, but it is 0/],
    [{ frames: { burst: 5 } }, /rateLimits\[0\]\.frames\.perSecond must be a number above 0, but it is undefined/],
    [{ bytes: { perSecond: 1, burst: 0 } }, /rateLimits\[0\]\.bytes\.burst must be a whole number, 1 or more/],
    [{ destination: [] }, /rateLimits\[0\]\.destination must be a list that is not empty/],
  ])('is refused: %j', (limit, message) => {
    expect(() => resolveOptions({ rateLimits: [limit] } as unknown as StompModuleOptions)).toThrow(message);
  });

  it('stops the start when its pattern is malformed', async () => {
    await expect(start({ destination: '/a/{b', frames: 1 })).rejects.toThrow(
      /rateLimits\[\]\.destination must be a pattern of destinations \(a "\{" is not closed\)/,
    );
  });
});

describe('A token bucket', () => {
  it('fills at its rate, up to its burst, and says how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
    expect(bucket.has(3, 0)).toBe(true);
    bucket.take(3);
    expect([bucket.has(1, 50), bucket.wait(1, 50)]).toEqual([false, 50]);
    expect(bucket.has(1, 100)).toBe(true);
    expect([bucket.has(3, 299), bucket.isFull(299)]).toEqual([false, false]);
    expect([bucket.has(3, 1_000_000), bucket.has(4, 1_000_000), bucket.isFull(1_000_000)]).toEqual([true, true, true]);
  });

  it('is one of each key, however long, of which no more than a hash is kept', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 10);
    const [one, other] = ['a', 'b'].map((end) => 'x'.repeat(8_000) + end);
    expect(buckets.of(one!, 0)).toBe(buckets.of(one!, 0));
    expect(buckets.of(one!, 0)).not.toBe(buckets.of(other!, 0));
    expect(buckets.size).toBe(2);
  });

  it('is kept for no more keys than allowed, and no longer than it says anything', () => {
    const buckets = new TokenBuckets({ perSecond: 1_000, burst: 1 }, 5_000);
    for (let i = 0; i < 20_000; i++) buckets.of(`${i}`, 0).take(1);
    expect(buckets.size).toBe(5_000);
    for (let i = 20_000; i < 22_000; i++) buckets.of(`${i}`, 1_000);
    expect(buckets.size).toBeLessThan(2_000);
  });
});
