import { performance } from 'node:perf_hooks';
import { Histogram } from '../histogram.mjs';

/** Sessions that come, subscribe and leave at once, `lanes` at a time. */
export const churn = {
  needs: ['topic'],
  unit: 'sessions',
  defaults: { lanes: 32, seconds: 5, warmup: 2 },
  async run({ endpoint, params, meter }) {
    let sessions = 0;
    let isRunning = true;
    let histogram = new Histogram();
    const lane = async (name) => {
      while (isRunning) {
        const start = performance.now();
        const client = await endpoint.connect();
        client.subscribe('topic', name);
        await client.leave();
        histogram.record((performance.now() - start) * 1000);
        sessions++;
      }
    };
    const lanes = Promise.all(Array.from({ length: params.lanes }, (_, i) => lane(`lane${i}`)));
    const measured = (async () => {
      await meter.over(params.warmup, () => sessions);
      histogram = new Histogram();
      const result = await meter.over(params.seconds, () => sessions);
      isRunning = false;
      return { ...result, latency: histogram.summary() };
    })();
    const [result] = await Promise.all([measured, lanes]);
    return result;
  },
};
