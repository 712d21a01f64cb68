// `npm run fuzz:sessions -- --seed 7 --frames 1000000`: mutated conversations against a running application; the same seed makes the
// same conversations. `--conversation N` plays one of them alone.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { conversation } from './fuzz/conversation.mjs';
import { mutated } from './fuzz/mutate.mjs';
import { play } from './fuzz/player.mjs';
import { connect, ControlPair } from './support/control-pair.mjs';
import { Random } from './support/random.mjs';
import { ServerProcess } from './support/server-process.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    frames: { type: 'string', default: '1000000' },
    /** Conversations at a time. */
    clients: { type: 'string', default: '40' },
    /** How many conversations make the server warm before its heap is measured. */
    warmUp: { type: 'string', default: '4000' },
    conversation: { type: 'string' },
    /** Without the security rules. */
    permissive: { type: 'boolean', default: false },
  },
});
const [seed, frameCount, clients, warmUp] = [values.seed, values.frames, values.clients, values.warmUp].map(Number);

/** How much larger the heap may be in the end. */
const HEAP_GROWTH = 1.05;
/** How long a message of the control pair may be under way, in milliseconds. */
const MAX_WAIT = 10_000;
/** How long the server may take to forget those who have gone, in milliseconds. */
const FORGET_LIMIT = 20_000;

const secret = `secret-${randomUUID()}`;
const server = await ServerProcess.start({ secret, withRules: !values.permissive, timeToFirstMessage: 3_000 });
const control = new ControlPair(server.port, secret, MAX_WAIT);
await control.start();

let isOver = false;
let frames = 0;
let next = 0;
/** What is being said at this moment. */
const underWay = new Map();

void server.ended.then((what) => isOver || fail(what));

async function playNext(number) {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + number);
  const valid = conversation(random);
  const steps = random.chance(3) ? valid : mutated(valid, random);
  underWay.set(number, steps);
  const talk = await play(steps, random, { port: server.port, secret });
  frames += talk.frames;
  if (talk.fault) fail(talk.fault, number, steps);
  if (control.faults.length > 0) fail(control.faults[0]);
  underWay.delete(number);
}

async function playWhile(condition) {
  const one = async () => {
    while (condition()) await playNext(next++);
  };
  await Promise.all(Array.from({ length: clients }, one));
}

/** @returns what the server holds once the last conversation is forgotten */
async function settled() {
  const consumer = await connect(server.port);
  // What is left in the work queues is no leak: it waits for this.
  consumer.socket.send('SUBSCRIBE\nid:rest\ndestination:/queue/**\n\n\0DISCONNECT\nreceipt:bye\n\n\0');
  await consumer.closed;
  for (const deadline = performance.now() + FORGET_LIMIT; ;) {
    const { stats, faults } = await server.snapshot();
    if (faults.length > 0) fail(faults[0]);
    const { sessions, subscriptions, unacknowledged, transactions, streams, requests, users, sendBufferBytes } = stats;
    const rest = { sessions: sessions.current - 2, subscriptions: subscriptions - 2, users: users - 1, unacknowledged };
    Object.assign(rest, { transactions, streams, requests, sendBufferBytes });
    if (Object.values(rest).every((count) => count === 0)) return server.report();
    if (performance.now() > deadline) fail(`the server has not forgotten its clients: ${JSON.stringify(rest)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function fail(what, number, steps) {
  console.error(`FAILED with --seed ${seed}: ${what}`);
  for (const [index, each] of number === undefined ? underWay : [[number, steps]]) {
    console.error(`--seed ${seed} --conversation ${index}: ${JSON.stringify(each.map(String)).slice(0, 4_000)}`);
  }
  process.exit(1);
}

console.log(
  `npm run fuzz:sessions -- --seed ${seed} --frames ${frameCount}${values.permissive ? ' --permissive' : ''}`,
);
if (values.conversation !== undefined) {
  await playNext(Number(values.conversation));
} else {
  const start = performance.now();
  await playWhile(() => next < warmUp);
  const before = await settled();
  let after = before;
  for (let tenth = 1; tenth <= 10; tenth++) {
    await playWhile(() => frames < (tenth / 10) * frameCount);
    after = await settled();
    console.log(
      `${frames} frames: heap ${after.heapUsed}, compiled code ${after.compiledCode}, resources ${JSON.stringify(after.resources)}`,
    );
  }
  const growth = after.heapUsed / before.heapUsed;
  const seconds = (performance.now() - start) / 1_000;
  const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const { received, sent } = after.stats.frames;
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  console.log(`${frames} frames in ${next} conversations, ${seconds.toFixed(1)} s`);
  console.log(`the server took ${sum(received)} of them for frames of a session, and sent ${sum(sent)}`);
  console.log(
    `heap ${megabytes(before.heapUsed)} → ${megabytes(after.heapUsed)} (${((growth - 1) * 100).toFixed(1)} %)`,
  );
  const { compiledCode } = before;
  console.log(`of which compiled code ${megabytes(compiledCode)} → ${megabytes(after.compiledCode)}`);
  console.log(`broker ${JSON.stringify(before.stats.broker)} → ${JSON.stringify(after.stats.broker)}`);
  console.log(`rss ${megabytes(before.rss)} → ${megabytes(after.rss)}`);
  console.log(`control pair: ${control.count} messages each way, worst wait ${control.worstWait.toFixed(0)} ms`);
  console.log(`close codes ${JSON.stringify(after.stats.sessions.closed)}`);
  console.log(`errors ${JSON.stringify(after.stats.errors)}`);
  if (growth > HEAP_GROWTH) fail(`the heap has grown by ${((growth - 1) * 100).toFixed(1)} %`);
}
isOver = true;
await control.stop();
await server.stop();
process.exit(0);
