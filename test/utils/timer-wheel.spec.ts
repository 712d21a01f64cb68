import { jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TimerWheel } from '../../lib/utils/timer-wheel.js';

const TICK = 10;

describe('TimerWheel', () => {
  let wheel: TimerWheel;
  const errors: unknown[] = [];

  beforeEach(() => {
    errors.length = 0;
    wheel = new TimerWheel(TICK, (error) => errors.push(error));
  });

  afterEach(() => wheel.stop());

  const fires = (delay: number): Promise<number> =>
    new Promise((resolve) => wheel.after(delay, () => resolve(performance.now())));

  // Node does not keep a process alive for the wheel, but it does for the test.
  const keptAlive = async <T>(work: Promise<T>): Promise<T> => {
    const alive = setInterval(() => {}, 1_000);
    return work.finally(() => clearInterval(alive));
  };

  it('never fires before its delay has passed, and soon after', async () => {
    const start = performance.now();
    const ends = await keptAlive(Promise.all([0, 1, 9, 10, 11, 35, 80].map(fires)));
    [0, 1, 9, 10, 11, 35, 80].forEach((delay, index) => {
      expect(ends[index]! - start).toBeGreaterThanOrEqual(delay);
      // Generous: the machine may be busy. What matters is that nobody waits for another round.
      expect(ends[index]! - start).toBeLessThan(delay + 500);
    });
  });

  it('fires after what has come in while the process stood still', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [[peer]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown];
    const order: string[] = [];
    const read = once(peer, 'data').then(() => order.push('input'));
    const fired = new Promise<void>((resolve) => wheel.after(TICK, () => resolve(void order.push('timer'))));
    client.write('x');
    for (const end = performance.now() + 20 * TICK; performance.now() < end;);
    await Promise.all([read, fired]);
    expect(order).toEqual(['input', 'timer']);
    client.destroy();
    server.close();
  });

  it('fires in the order of the delays', async () => {
    const order: number[] = [];
    const all = [60, 20, 40].map(
      (delay) => new Promise<void>((resolve) => wheel.after(delay, () => resolve(void order.push(delay)))),
    );
    await keptAlive(Promise.all(all));
    expect(order).toEqual([20, 40, 60]);
  });

  it('fires once', async () => {
    let count = 0;
    wheel.after(1, () => count++);
    await keptAlive(fires(50));
    expect(count).toBe(1);
  });

  it('does not fire what was cancelled, in the same tick either', async () => {
    const fired: string[] = [];
    const cancelled = wheel.after(20, () => fired.push('cancelled before'));
    wheel.after(1_000, () => {}).cancel();
    cancelled.cancel();
    const done = new Promise<void>((resolve) => {
      wheel.after(20, () => second.cancel());
      const second = wheel.after(20, () => fired.push('cancelled by the one before'));
      wheel.after(60, resolve);
    });
    await keptAlive(done);
    expect(fired).toEqual([]);
  });

  it('takes a second cancel, and one after firing, for nothing', async () => {
    const timer = wheel.after(1, () => {});
    await keptAlive(fires(30));
    timer.cancel();
    timer.cancel();
    const other = wheel.after(1, () => {});
    other.cancel();
    other.cancel();
  });

  it('fires what is planned from within a callback', async () => {
    const again = new Promise<void>((resolve) => wheel.after(1, () => wheel.after(0, () => wheel.after(1, resolve))));
    await keptAlive(again);
  });

  it('reports a callback that fails and fires the others of the tick', async () => {
    const done = new Promise<void>((resolve) => {
      wheel.after(20, () => {
        throw new Error('broken');
      });
      wheel.after(20, resolve);
    });
    await keptAlive(done);
    expect(errors).toEqual([new Error('broken')]);
  });

  it('costs one timer of Node for many of its own, and none when nobody waits', async () => {
    const started = jest.spyOn(globalThis, 'setInterval');
    const stopped = jest.spyOn(globalThis, 'clearInterval');
    const timers = Array.from({ length: 10_000 }, (_, index) => wheel.after(10 + (index % 50), () => {}));
    expect(started).toHaveBeenCalledTimes(1);
    timers.slice(1).forEach((timer) => timer.cancel());
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stopped).toHaveBeenCalledTimes(1);
    expect(stopped).toHaveBeenCalledWith(started.mock.results[0]!.value);
    jest.restoreAllMocks();
  });

  it('stops soon after the last waiting timer is cancelled, however far away that was', async () => {
    const stopped = jest.spyOn(globalThis, 'clearInterval');
    wheel.after(2 ** 31 - 1, () => {}).cancel();
    await new Promise((resolve) => setTimeout(resolve, 5 * TICK));
    expect(stopped).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });

  it('tells a time that is at most a tick or so old while anything waits', async () => {
    const difference = await keptAlive(
      new Promise<number>((resolve) => wheel.after(50, () => resolve(performance.now() - wheel.now))),
    );
    expect(difference).toBeGreaterThanOrEqual(0);
    expect(difference).toBeLessThan(500);
  });

  it('fires nothing any more once it is stopped', async () => {
    let fired = false;
    wheel.after(10, () => (fired = true));
    wheel.stop();
    await new Promise((resolve) => setTimeout(resolve, 4 * TICK));
    expect(fired).toBe(false);
  });
});
