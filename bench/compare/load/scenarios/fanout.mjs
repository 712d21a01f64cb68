// n subscribers of one topic, and one publisher or a few.
import { atRate } from '../at-rate.mjs';
import { connectMany } from '../client.mjs';
import { Histogram } from '../histogram.mjs';
import { allArrived, settle } from './settle.mjs';

const RING = 4096;
const WINDOW_BYTES = 256 * 1024;

/** As fast as it goes: the publishers, in turn, keep `window` messages under way; a message is done when all have it. */
export const fanout = {
  needs: ['topic'],
  unit: 'deliveries',
  defaults: { n: 1000, publishers: 1, size: 32, window: 16, seconds: 5, warmup: 2 },
  async run(context) {
    const { params, meter } = context;
    const crew = await open(context);
    const { subscribers, publishers, message } = crew;
    const window = Math.max(1, Math.min(params.window, Math.floor(WINDOW_BYTES / params.size)));
    const arrived = new Int32Array(RING);
    let complete = 0;
    let deliveries = 0;
    let sent = 0;
    let isRunning = true;
    const pump = () => {
      while (isRunning && sent - complete < window) {
        publishers[sent % publishers.length].write(message.stamped(sent));
        sent++;
      }
    };
    const onDelivery = (client) => {
      deliveries++;
      const slot = (client.rx - 1) % RING;
      if (++arrived[slot] < subscribers.length) return;
      arrived[slot] = 0;
      complete++;
      pump();
    };
    for (const client of subscribers) client.onDelivery = onDelivery;
    pump();
    await meter.over(params.warmup, () => deliveries);
    const reads = readsOf(subscribers);
    const result = await meter.over(params.seconds, () => deliveries);
    result.perRead = result.count / (readsOf(subscribers) - reads);
    isRunning = false;
    await allArrived(subscribers, sent * params.n);
    result.incomplete = incomplete(subscribers, sent);
    await leave(crew);
    return result;
  },
};

/** At a moderate fixed rate of deliveries: how long each takes, and whether they come in order. */
export const fanoutLatency = {
  needs: ['topic'],
  unit: 'deliveries',
  defaults: { n: 1000, size: 32, rate: 10000, seconds: 5, warmup: 2 },
  async run(context) {
    const { params, meter } = context;
    const crew = await open(context);
    const { subscribers, publishers, message } = crew;
    let histogram = new Histogram();
    let deliveries = 0;
    let disordered = 0;
    const onDelivery = (client, bytes, start) => {
      deliveries++;
      histogram.record(client.latency(bytes, start));
      const sequence = client.sequence(bytes, start);
      if (sequence !== client.lastSequence + 1) disordered++;
      client.lastSequence = sequence;
    };
    for (const client of subscribers) client.onDelivery = onDelivery;
    const stop = atRate(params.rate / params.n, (i) => publishers[0].write(message.stamped(i)));
    await meter.over(params.warmup, () => deliveries);
    histogram = new Histogram();
    const result = await meter.over(params.seconds, () => deliveries);
    const sent = stop();
    result.latency = histogram.summary();
    await allArrived(subscribers, sent * params.n);
    result.disordered = disordered;
    result.incomplete = incomplete(subscribers, sent);
    await leave(crew);
    return result;
  },
};

async function open({ endpoint, params }) {
  const subscribers = await connectMany(endpoint, params.n);
  for (const client of subscribers) client.subscribe('topic', 'fan');
  const publishers = await connectMany(endpoint, params.publishers ?? 1);
  const message = endpoint.message('topic', 'fan', params.size);
  await settle(subscribers, (sequence) => publishers[0].write(message.stamped(sequence)));
  return { subscribers, publishers, message };
}

async function leave({ subscribers, publishers }) {
  await Promise.all([...subscribers, ...publishers].map((client) => client.leave()));
}

function readsOf(subscribers) {
  return subscribers.reduce((total, { reads }) => total + reads, 0);
}

/** How many have not got each message exactly once. */
function incomplete(subscribers, sent) {
  return subscribers.filter((client) => client.rx !== sent || client.isClosed).length;
}
