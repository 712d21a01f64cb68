// `npm run soak -- --minutes 30 --sessions 1000`: so many sessions at a time connect, subscribe, send and vanish. Each minute, and in the
// end, when all have gone, it prints what the server holds. `--pause` is how long, on average, a session waits before it sends again: on
// a machine that cannot keep up, fewer are there at a time than are asked for.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connect, ControlPair } from './support/control-pair.mjs';
import { Random } from './support/random.mjs';
import { ServerProcess } from './support/server-process.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    sessions: { type: 'string', default: '1000' },
    pause: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, sessionCount, pause] = [values.minutes, values.sessions, values.pause].map(Number);
const MINUTE = 60_000;
const HEAP_GROWTH = 1.05;

const random = new Random(Number(values.seed));
const secret = `secret-${randomUUID()}`;
const server = await ServerProcess.start({ secret, withRules: true, timeToFirstMessage: 60_000 });
const control = new ControlPair(server.port, secret, MINUTE);
await control.start();

let isOver = false;
let lives = 0;
void server.ended.then((what) => isOver || fail(what));

/** One session after the other, until `deadline`. */
async function live(deadline) {
  while (performance.now() < deadline) {
    // As many names as keep each below `sessionsPerUserLimit`.
    const user = random.chance(3) ? '' : `login:user-${random.below(100)}\n`;
    const client = await connect(server.port, { login: user, headers: random.pick(['', 'heart-beat:0,1000\n']) });
    // Who listens for errors is told of them, and the session goes on.
    client.socket.send('SUBSCRIBE\nid:errors\ndestination:/user/queue/errors\n\n\0');
    const subscriptions = 1 + random.below(5);
    for (let id = 0; id < subscriptions; id++) client.socket.send(subscribe(id));
    // Long enough for the others to come and go meanwhile.
    for (let rest = random.below(20); rest > 0 && isHere(client) && performance.now() < deadline; rest--) {
      client.socket.send(say());
      await new Promise((resolve) => setTimeout(resolve, pause / 2 + random.below(pause)));
    }
    leave(client);
    await client.closed;
    lives++;
  }
}

function isHere({ socket }) {
  return socket.readyState === socket.OPEN;
}

function subscribe(id) {
  const own = [
    '/topic/a',
    '/topic/room',
    '/topic/past/1',
    '/user/queue/one',
    '/queue/work/1',
    `/topic/${random.below(100)}`,
  ];
  return `SUBSCRIBE\nid:${id}\ndestination:${random.pick(own)}\nack:${random.pick(['auto', 'client'])}\n\n\0`;
}

function say() {
  const destination = random.pick([
    '/app/echo',
    '/app/one',
    '/queue/work/1',
    '/topic/past/1',
    `/topic/${random.below(100)}`,
  ]);
  return random.chance(10) ? `BEGIN\ntransaction:${randomUUID()}\n\n\0` : `SEND\ndestination:${destination}\n\nhello\0`;
}

function leave({ socket }) {
  if (random.chance(3)) socket.send('DISCONNECT\nreceipt:bye\n\n\0');
  else if (random.chance(2)) socket.close(1000);
  else socket.terminate();
}

function sizes({ stats, heapUsed, compiledCode, external, rss, resources }) {
  const { sessions, subscriptions, users, unacknowledged, transactions, streams, requests, sendBufferBytes } = stats;
  const megabytes = (bytes) => Number((bytes / 2 ** 20).toFixed(1));
  const held = { sessions: sessions.current, subscriptions, users, unacknowledged, transactions, streams, requests };
  return {
    heap: megabytes(heapUsed),
    code: megabytes(compiledCode),
    external: megabytes(external),
    rss: megabytes(rss),
    ...held,
    sendBufferBytes,
    resources,
  };
}

/** What is held once all have gone; the server is given a moment to hear of it. */
async function alone() {
  for (let tries = 0; tries < 200; tries++) {
    const { stats } = await server.snapshot();
    if (stats.sessions.current === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return server.report();
}

function fail(what) {
  console.error(`FAILED: ${what}`);
  process.exit(1);
}

/** @param milliseconds how long all of them live */
async function everybody(milliseconds) {
  const deadline = performance.now() + milliseconds;
  await Promise.all(Array.from({ length: sessionCount }, () => live(deadline).catch((error) => fail(error.message))));
}

// As long as the compiler still finds something to do, the heap grows.
await everybody(Math.min(3 * MINUTE, (minutes * MINUTE) / 6));
const before = await alone();
console.log(`warm: ${JSON.stringify(sizes(before))}`);
const watch = setInterval(async () => {
  const report = await server.report();
  console.log(`${lives} lives: ${JSON.stringify(sizes(report))}`);
  if (report.faults.length > 0 || control.faults.length > 0) fail(report.faults[0] ?? control.faults[0]);
}, MINUTE);
await everybody(minutes * MINUTE);
clearInterval(watch);
const after = await alone();
const [start, end] = [sizes(before), sizes(after)];
console.log(`end, ${lives} lives: ${JSON.stringify(end)}`);
console.log(`control pair: ${control.count} messages each way, worst wait ${control.worstWait.toFixed(0)} ms`);
for (const name of ['sessions', 'subscriptions', 'users', 'unacknowledged', 'transactions', 'streams', 'requests']) {
  if (end[name] !== start[name]) fail(`${name}: ${start[name]} at the start, ${end[name]} in the end`);
}
if (JSON.stringify(end.resources) !== JSON.stringify(start.resources)) fail('timers or sockets are left');
if (end.heap > start.heap * HEAP_GROWTH) fail(`the heap has grown from ${start.heap} to ${end.heap} MiB`);
isOver = true;
await control.stop();
await server.stop();
process.exit(0);
