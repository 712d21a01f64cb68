import { atRate } from '../at-rate.mjs';
import { connectMany } from '../client.mjs';
import { Histogram } from '../histogram.mjs';
import { allArrived, quiet, settle } from './settle.mjs';

/**
 * A fan-out at a fixed rate of messages in which `sleepers` subscribers stop reading: the others must not notice, and the server must not
 * keep without bound what those do not take.
 */
export const slow = {
  needs: ['topic'],
  unit: 'deliveries',
  isFresh: true,
  defaults: { n: 20, sleepers: 1, size: 4096, rate: 1000, seconds: 50, warmup: 5 },
  async run({ endpoint, params, meter, server }) {
    const subscribers = await connectMany(endpoint, params.n);
    const sleepers = await connectMany(endpoint, params.sleepers);
    for (const client of [...subscribers, ...sleepers]) client.subscribe('topic', 'slow');
    const publisher = await endpoint.connect();
    const message = endpoint.message('topic', 'slow', params.size);
    await settle([...subscribers, ...sleepers], (sequence) => publisher.write(message.stamped(sequence)));
    let histogram = new Histogram();
    let deliveries = 0;
    for (const client of subscribers) {
      client.onDelivery = (_, bytes, start) => {
        deliveries++;
        histogram.record(client.latency(bytes, start));
      };
    }
    const stop = atRate(params.rate, (i) => publisher.write(message.stamped(i)));
    await meter.over(params.warmup, () => deliveries);
    const rssBefore = server.rss();
    histogram = new Histogram();
    for (const sleeper of sleepers) sleeper.pause();
    let rssPeak = rssBefore;
    const watch = setInterval(() => (rssPeak = Math.max(rssPeak, server.rss())), 200);
    const result = await meter.over(params.seconds, () => deliveries);
    clearInterval(watch);
    const sent = stop();
    await allArrived(subscribers, sent * params.n);
    result.latency = histogram.summary();
    result.rssGrowth = rssPeak - rssBefore;
    result.offered = params.rate * params.seconds * params.size;
    result.incomplete = subscribers.filter((client) => client.rx !== sent).length;
    for (const sleeper of sleepers) sleeper.resume();
    await quiet(sleepers, 1000);
    result.sleeperMissed = sleepers.reduce((missed, sleeper) => missed + sent - sleeper.rx, 0);
    for (const client of [...subscribers, ...sleepers, publisher]) client.destroy();
    return result;
  },
};
