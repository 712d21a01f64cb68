import { HeartBeats } from '../../lib/frame/heart-beats.js';
import type { TimerWheel } from '../../lib/utils/timer-wheel.js';

describe('Heart-beats', () => {
  it('are over when the session ends at one of them', () => {
    const planned: (() => void)[] = [];
    const wheel = {
      now: 1_000_000_000,
      tick: 1,
      after: (_: number, task: () => void) => (planned.push(task), { cancel: () => {} }),
    };
    const beats = new HeartBeats(wheel as unknown as TimerWheel, {
      beat: () => beats.stop(),
      isWaitedFor: () => false,
      silence: () => {},
    });
    beats.start({ send: 100, receive: 0 });
    planned.shift()!();
    expect(planned).toEqual([]);
  });
});
