import { ReconnectDelay } from '../../../lib/broker/relay/reconnect-delay.js';

describe('The pauses between attempts to reconnect', () => {
  it('grow to the limit and begin anew, each with some chance in it', () => {
    const delay = new ReconnectDelay(100, 1_000);
    for (const due of [100, 200, 400, 800, 1_000, 1_000]) {
      const pause = delay.next();
      expect(pause).toBeGreaterThanOrEqual(due / 2);
      expect(pause).toBeLessThanOrEqual(due);
    }
    delay.reset();
    expect(delay.next()).toBeLessThanOrEqual(100);
  });

  it('stay at the limit however long it takes', () => {
    const delay = new ReconnectDelay(1, 5_000);
    for (let i = 0; i < 10_000; i++) expect(delay.next()).toBeLessThanOrEqual(5_000);
  });
});
