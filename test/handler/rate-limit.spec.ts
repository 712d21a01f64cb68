import { Controller, UseGuards, type CanActivate } from '@nestjs/common';
import { MessageMapping, RateLimit, SendTo, SubscribeMapping, type HandlerRateLimitOptions } from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { startModule, type StartedModule } from './support/start-module.js';

/** So slow that nothing comes in while a test runs. */
const SLOW = 0.001;

let application: StartedModule | undefined;

afterEach(async () => {
  await application?.stop();
  application = undefined;
});

async function start(limit: HandlerRateLimitOptions): Promise<void> {
  @Controller()
  class LimitedController {
    @MessageMapping('/limited')
    @RateLimit(limit)
    @SendTo('/topic/limited')
    limited(text: string) {
      return text;
    }

    @MessageMapping('/free')
    free(): void {}
  }
  application = await startModule({ controllers: [LimitedController] });
}

async function enter(user?: string): Promise<StompTestClient> {
  const client = await application!.connect(user);
  await client.subscribe('/user/queue/errors');
  return client;
}

/** How many of `count` messages in a row the method is called for. */
async function flood(client: StompTestClient, destination: string, count: number): Promise<number> {
  let passed = 0;
  for (let i = 0; i < count; i++) {
    client.transmit('SEND', { destination, receipt: 'flood' }, 'text');
    const answer = await client.next(
      ({ headers }) => (headers.get('receipt-id') ?? headers.get('failed-receipt')) === 'flood',
    );
    if (answer.command === 'RECEIPT') passed++;
    else expect(answer.headers.get('error-code')).toBe('RATE_LIMIT_EXCEEDED');
  }
  return passed;
}

describe('@RateLimit', () => {
  it.each([
    ['session', [3, 3, 3]],
    ['user', [3, 0, 3]],
    ['address', [3, 0, 0]],
    ['method', [3, 0, 0]],
  ] as const)('of each %s lets alice, alice again and bob pass so often: %j', async (by, expected) => {
    await start({ by, perSecond: SLOW, burst: 3 });
    const passed: number[] = [];
    for (const user of ['alice', 'alice', 'bob']) passed.push(await flood(await enter(user), '/app/limited', 5));
    expect(passed).toEqual(expected);
  });

  it('of each address counts the first 64 bits of an IPv6 address', async () => {
    await start({ by: 'address', perSecond: SLOW, burst: 3 });
    const passed: number[] = [];
    for (const ip of ['2001:db8:1:2::a', '2001:db8:1:2::b', '2001:db8:1:3::a']) {
      const client = await application!.connect(undefined, { handshake: { ip } });
      await client.subscribe('/user/queue/errors');
      passed.push(await flood(client, '/app/limited', 5));
    }
    expect(passed).toEqual([3, 0, 3]);
  });

  it('is one of each session by default, and lets other methods alone', async () => {
    await start({ perSecond: SLOW, burst: 2 });
    const client = await enter();
    expect(await flood(client, '/app/limited', 4)).toBe(2);
    expect(await flood(client, '/app/free', 4)).toBe(4);
  });

  it('says when to try again', async () => {
    await start({ by: 'user', perSecond: 2, burst: 1 });
    const client = await enter('alice');
    await client.send('/app/limited', 'text');
    client.transmit('SEND', { destination: '/app/limited' }, 'text');
    const { body } = await client.next('MESSAGE');
    const { message, details } = JSON.parse(body.toString()) as { message: string; details: { retryAfter: number } };
    expect(message).toMatch(
      /^A message to \/limited came too fast: 2 messages per second for each user are allowed\. Try again in \d+ ms\.$/,
    );
    expect(details.retryAfter).toBeLessThanOrEqual(500);
  });

  it('refuses before guards and pipes have anything to do, SUBSCRIBE too', async () => {
    let asked = 0;
    const guard: CanActivate = { canActivate: () => ++asked > 0 };

    @Controller()
    @RateLimit({ perSecond: SLOW, burst: 1 })
    @UseGuards(guard)
    class GuardedController {
      @SubscribeMapping('/a')
      a() {
        return 'a';
      }

      @SubscribeMapping('/b')
      @RateLimit({ perSecond: SLOW, burst: 2 })
      b() {
        return 'b';
      }
    }
    application = await startModule({ controllers: [GuardedController] });
    const client = await enter();
    const refused = async (destination: string): Promise<boolean> => {
      client.transmit('SUBSCRIBE', { id: crypto.randomUUID(), destination });
      return (await client.next('MESSAGE')).headers.has('error-code');
    };
    expect([await refused('/app/a'), await refused('/app/a')]).toEqual([false, true]);
    expect([await refused('/app/b'), await refused('/app/b'), await refused('/app/b')]).toEqual([false, false, true]);
    expect(asked).toBe(3);
  });

  it('stops the start when it cannot be', async () => {
    await expect(start({ perSecond: 0 })).rejects.toThrow(
      'The perSecond of the @RateLimit of LimitedController.limited() must be above 0, but it is 0.',
    );
    await expect(start({ perSecond: 1, burst: NaN })).rejects.toThrow(
      'The burst of the @RateLimit of LimitedController.limited() must be 1 or more, but it is NaN.',
    );
  });
});
