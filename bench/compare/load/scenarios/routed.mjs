// One publisher, n subscribers with an address each; every message goes to one of them at random. What grows with n is the cost of finding
// the subscriber.
import { connectMany } from '../client.mjs';
import { Histogram } from '../histogram.mjs';
import { allArrived, settle } from './settle.mjs';

/** n exact topics. */
export const topics = routed({
  needs: ['topic'],
  subscribe: (client, i) => client.subscribe('topic', `t${i}`),
  message: (endpoint, i, _, size) => endpoint.message('topic', `t${i}`, size),
});

/** n patterns `*.g<i>`, published to under `spread` names each. */
export const patterns = routed({
  needs: ['topic', 'pattern'],
  defaults: { spread: 10 },
  subscribe: (client, i) => client.subscribe('pattern', `*.g${i}`),
  message: (endpoint, i, variant, size) => endpoint.message('topic', `r${variant}.g${i}`, size),
});

/** n users, each with a queue of its own that others send to by the user's name. */
export const users = routed({
  needs: ['userSend', 'userReply'],
  login: (i) => ({ login: `user-${i}` }),
  subscribe: (client) => client.subscribe('userReply', ''),
  message: (endpoint, i, _, size) => endpoint.message('userSend', `user-${i}`, size),
});

function routed({ needs, defaults, login, subscribe, message }) {
  return {
    needs,
    unit: 'deliveries',
    defaults: { n: 1000, size: 32, window: 64, seconds: 5, warmup: 2, ...defaults },
    async run({ endpoint, params, meter }) {
      const { n, spread = 1, size } = params;
      const subscribers = await connectMany(endpoint, n, login);
      subscribers.forEach(subscribe);
      const publisher = await endpoint.connect();
      const messages = Array.from({ length: n * spread }, (_, i) => message(endpoint, i % n, Math.floor(i / n), size));
      await settle(subscribers, (sequence) => {
        for (let i = 0; i < n; i++) publisher.write(messages[i].stamped(sequence));
      });
      let histogram = new Histogram();
      let deliveries = 0;
      let sent = 0;
      let isRunning = true;
      const send = () => publisher.write(messages[Math.floor(Math.random() * messages.length)].stamped(sent++));
      const onDelivery = (client, bytes, start) => {
        deliveries++;
        histogram.record(client.latency(bytes, start));
        if (isRunning) send();
      };
      for (const client of subscribers) client.onDelivery = onDelivery;
      for (let i = 0; i < params.window; i++) send();
      await meter.over(params.warmup, () => deliveries);
      histogram = new Histogram();
      const result = await meter.over(params.seconds, () => deliveries);
      isRunning = false;
      result.latency = histogram.summary();
      await allArrived(subscribers, sent);
      result.incomplete = Math.abs(sent - deliveries);
      await Promise.all([...subscribers, publisher].map((client) => client.leave()));
      return result;
    },
  };
}
