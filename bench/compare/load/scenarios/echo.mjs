// Clients that send to a handler of the application, each to itself, and wait for the answer.
import { atRate } from '../at-rate.mjs';
import { connectMany } from '../client.mjs';
import { Histogram } from '../histogram.mjs';
import { settle } from './settle.mjs';

/** As fast as it goes, with `depth` requests under way for each client. */
export const echo = {
  needs: ['echoSend', 'echoReply'],
  unit: 'requests',
  defaults: { clients: 64, depth: 4, size: 32, seconds: 5, warmup: 2 },
  async run(context) {
    const { params, meter } = context;
    const clients = await open(context);
    let replies = 0;
    let isRunning = true;
    let histogram = new Histogram();
    const onDelivery = (client, bytes, start) => {
      replies++;
      histogram.record(client.latency(bytes, start));
      if (isRunning) client.write(client.message.stamped(replies));
    };
    for (const client of clients) {
      client.onDelivery = onDelivery;
      for (let i = 0; i < params.depth; i++) client.write(client.message.stamped(i));
    }
    await meter.over(params.warmup, () => replies);
    histogram = new Histogram();
    const result = await meter.over(params.seconds, () => replies);
    isRunning = false;
    result.latency = histogram.summary();
    await leave(clients);
    return result;
  },
};

/** At a fixed rate of requests, of which `burst` go out at a time: how long each takes. */
export const echoLatency = {
  needs: ['echoSend', 'echoReply'],
  unit: 'requests',
  defaults: { clients: 64, rate: 1000, burst: 1, size: 32, seconds: 5, warmup: 2 },
  async run(context) {
    const { params, meter } = context;
    const clients = await open(context);
    let replies = 0;
    let histogram = new Histogram();
    const onDelivery = (client, bytes, start) => {
      replies++;
      histogram.record(client.latency(bytes, start));
    };
    for (const client of clients) client.onDelivery = onDelivery;
    let sent = 0;
    const stop = atRate(params.rate / params.burst, () => {
      for (let i = 0; i < params.burst; i++, sent++) {
        const client = clients[sent % clients.length];
        client.write(client.message.stamped(sent));
      }
    });
    await meter.over(params.warmup, () => replies);
    histogram = new Histogram();
    const result = await meter.over(params.seconds, () => replies);
    stop();
    result.latency = histogram.summary();
    await leave(clients);
    return result;
  },
};

async function open({ endpoint, params }) {
  const clients = await connectMany(endpoint, params.clients);
  for (const client of clients) {
    client.subscribe('echoReply', '');
    client.message = endpoint.message('echoSend', '', params.size);
  }
  await settle(clients, (sequence) => {
    for (const client of clients) client.write(client.message.stamped(sequence));
  });
  return clients;
}

async function leave(clients) {
  await Promise.all(clients.map((client) => client.leave()));
}
