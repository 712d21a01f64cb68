import { performance } from 'node:perf_hooks';
import { connectMany } from '../client.mjs';
import { sleep } from '../clock.mjs';
import { OP_BINARY, OP_TEXT, encodeFrame } from '../ws-client.mjs';

const SLICES = 100;

/**
 * n sessions with one subscription each that only exchange heart-beats: the memory that each takes in the server, and the processor time they
 * cost while nothing happens.
 */
export const idle = {
  needs: ['topic'],
  unit: 'sessions',
  /** Wants a server that has done nothing yet. */
  isFresh: true,
  defaults: { n: 10000, heartbeat: 10000, seconds: 20, warm: 500, rest: 5 },
  async run({ endpoint, params, meter, server }) {
    // First a few sessions that leave again, so that code and tables that the server needs once are there.
    const early = await connectMany(endpoint, Math.min(params.n, params.warm));
    for (const client of early) client.subscribe('topic', 'idle');
    await sleep(500);
    await Promise.all(early.map((client) => client.leave()));
    await sleep(params.rest * 1000);
    const before = server.rss();

    const started = performance.now();
    const clients = await connectMany(endpoint, params.n, () => ({ heartbeat: params.heartbeat }), 128);
    for (const client of clients) client.subscribe('topic', 'idle');
    const opening = (performance.now() - started) / 1000;
    const stop = beat(clients, endpoint.driver, params.heartbeat);
    await sleep(params.rest * 1000);
    const after = server.rss();
    let ticks = 0;
    const result = await meter.over(params.seconds, () => ticks++);
    result.count = params.n;
    result.perSecond = result.perCpuSecond = null;
    result.bytesPerSession = (after - before) / params.n;
    result.bytesPerSessionLater = (server.rss() - before) / params.n;
    result.openedPerSecond = params.n / opening;
    result.lost = clients.filter((client) => client.isClosed).length;
    stop();
    for (const client of clients) client.destroy();
    await sleep(1000);
    return result;
  },
};

/** Each client sends a heart-beat in each period, a part of them at a time. */
function beat(clients, driver, period) {
  const bytes = driver.heartbeat();
  if (!bytes) return () => {};
  const frame = encodeFrame(Buffer.from(bytes), driver.isBinary ? OP_BINARY : OP_TEXT);
  let slice = 0;
  const timer = setInterval(() => {
    for (let i = slice; i < clients.length; i += SLICES) if (!clients[i].isClosed) clients[i].write(frame);
    slice = (slice + 1) % SLICES;
  }, period / SLICES);
  return () => clearInterval(timer);
}
