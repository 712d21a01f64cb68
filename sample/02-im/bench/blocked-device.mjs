// One device stops reading while very much comes for it:
// npm run build && node bench/blocked-device.mjs [--pending 100000] [--rate 1500] [--profile <folder>]
import { parseArgs } from 'node:util';
import { BenchClient } from './support/bench-client.mjs';
import { startServer } from './support/bench-server.mjs';
import { latencies, machine, mebibytes, quantile } from './support/figures.mjs';
import { openLoop } from './support/open-loop.mjs';

/** Of four messages, one is between others, and measured; the rest is for the device. */
const MEASURED_OF = 4;
const WRITERS = 20;
const OTHERS = 40;
const { values } = parseArgs({
  options: {
    pending: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
});
const [pending, rate, rounds] = [values.pending, values.rate, values.rounds].map(Number);
/** Of each half of a round that compares. */
const COMPARED = 10_000;

const { server, users } = await startServer(1 + WRITERS + OTHERS, { profile: values.profile });
let place = 0;
let expected = 0;
let got = 0;
let whenCaughtUp = () => {};
let round = 0;
const onEvent = (event) => {
  if (event.inbox_seq !== place + 1) throw new Error(`After ${place} came ${event.inbox_seq}`);
  place = event.inbox_seq;
  if (event.kind === 'message' && ++got === expected) whenCaughtUp();
};
const device = await BenchClient.connect(server, users[0], { since: 0, onEvent });
const clients = await Promise.all(users.slice(1).map((user) => BenchClient.connect(server, user)));
const writers = clients.slice(0, WRITERS);
const others = clients.slice(WRITERS);

console.log(`${pending} events for a device that does not read, ${rate} messages a second; ${machine()}`);
await run(5_000);
const ratios = [];
for (let number = 1; number <= rounds; number++) {
  // In turn the one and the other first, so that neither has the better place.
  const deliveries = {};
  for (const isBlocked of number % 2 === 1 ? [false, true] : [true, false]) {
    if (isBlocked) device.connection.pause();
    ({ deliveries: deliveries[isBlocked ? 'blocked' : 'reading'] } = await run(COMPARED));
    device.connection.resume();
    await caughtUp();
  }
  const { blocked, reading } = deliveries;
  ratios.push(quantile(blocked, 0.99) / quantile(reading, 0.99));
  console.log(
    `round ${number}, others, while it reads: ${latencies(reading)}; while it is blocked: ${latencies(blocked)}`,
  );
}
console.log(
  `p99 of others while it is blocked to while it reads: ${quantile(ratios, 0.5).toFixed(2)}, the median; ${machine()}`,
);

const before = await server.ask('report');
device.connection.pause();
const { deliveries, report } = await run(pending);
const grown = mebibytes(report.heapUsed - before.heapUsed);
console.log(`${expected - got} events are pending: heap ${mebibytes(report.heapUsed)}, ${grown} more; ${machine()}`);
console.log(`  others: ${latencies(deliveries)}; the connection is ${device.connection.isOpen ? 'open' : 'CLOSED'}`);
const left = expected - got;
const resumed = performance.now();
device.connection.resume();
await caughtUp();
const seconds = (performance.now() - resumed) / 1_000;
console.log(`resumed: ${left} have come, in order and without a gap, in ${seconds.toFixed(1)} s`);
for (const client of [device, ...clients]) client.close();
await server.stop(values.profile === undefined ? 'SIGKILL' : 'SIGTERM');

/** Sends so many messages to the device, and as many more to others as are measured. */
async function run(count) {
  const name = `r${round++}`;
  const total = Math.ceil((count * MEASURED_OF) / (MEASURED_OF - 1));
  const deliveries = [];
  const refused = [];
  let open = total;
  let loop;
  const settled = new Promise((resolve) => {
    for (const client of clients) {
      client.onAnswer = (id, isStored, error) => {
        if (!isStored) refused.push(error);
        if (--open === 0) resolve();
      };
      client.onEvent = ({ kind, client_msg_id }) => {
        if (kind !== 'message') return;
        const [ofRound, index] = client_msg_id.split('-');
        if (ofRound === name) deliveries.push(performance.now() - loop.dueAt[index]);
      };
    }
  });
  loop = openLoop(rate, total, (index) => {
    const id = `${name}-${index}`;
    const text = `Message ${id}: 明天下午三点在北京开会，别忘了 budget`;
    if (isMeasured(index)) {
      const from = Math.floor(index / MEASURED_OF) % OTHERS;
      others[from].say(id, others[(from + 1) % OTHERS].user.userId, text);
    } else {
      expected++;
      writers[index % WRITERS].say(id, device.user.userId, text);
    }
  });
  await loop.done;
  await settled;
  if (refused.length > 0) throw new Error(`${refused.length} messages were refused: ${refused[0]}`);
  return { deliveries, report: await server.ask('report') };
}

function isMeasured(index) {
  return index % MEASURED_OF === 0;
}

/** The device has all that was sent to it. */
async function caughtUp() {
  if (got < expected) await new Promise((resolve) => (whenCaughtUp = resolve));
}
