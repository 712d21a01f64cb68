// From one device to the other: npm run build && node bench/e2e.mjs [--rate 2000] [--seconds 60] [--users 200] [--profile <folder>]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { BenchClient } from './support/bench-client.mjs';
import { startServer } from './support/bench-server.mjs';
import { latencies, machine, mebibytes } from './support/figures.mjs';
import { openLoop } from './support/open-loop.mjs';

const PATIENCE = 30_000;
/** Before anything is measured: the rooms are made, and the code is compiled. */
const WARM_UP_SECONDS = 5;
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
    users: { type: 'string', default: '200' },
    profile: { type: 'string' },
  },
});
const [rate, seconds, userCount] = [values.rate, values.seconds, values.users].map(Number);
const total = rate * seconds;

const { server, users } = await startServer(userCount, { profile: values.profile });
const clients = await Promise.all(users.map((user) => BenchClient.connect(server, user)));
await warmUp();
const receiptTimes = [];
const deliveryTimes = [];
const refused = new Map();
let finished = () => {};
let loop;

for (const client of clients) {
  client.onAnswer = (id, isStored, error) => {
    if (isStored) receiptTimes.push(performance.now() - loop.dueAt[Number(id)]);
    else refused.set(error, (refused.get(error) ?? 0) + 1);
  };
  client.onEvent = ({ kind, client_msg_id }) => {
    if (kind !== 'message' || client_msg_id.startsWith('w')) return;
    deliveryTimes.push(performance.now() - loop.dueAt[Number(client_msg_id)]);
    if (deliveryTimes.length === total) finished();
  };
}

const before = await server.ask('report');
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const begin = performance.now();
loop = openLoop(rate, total, (index) => send(index));
await loop.done;
const committedInTime = receiptTimes.length;
const sending = (performance.now() - begin) / 1_000;
await Promise.race([
  new Promise((resolve) => (finished = resolve)),
  new Promise((resolve) => setTimeout(resolve, PATIENCE).unref()),
]);
delay.disable();
const after = await server.ask('report');
const cpu = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1e6;
const live = clients.reduce((sum, { liveFrames }) => sum + liveFrames, 0);
console.log(`${total} messages from ${userCount} users, ${rate} due a second for ${seconds} s; ${machine()}`);
console.log(`committed a second: ${Math.round(committedInTime / sending)}; altogether ${receiptTimes.length}`);
console.log(`RECEIPT: ${latencies(receiptTimes)}`);
console.log(`delivery: ${latencies(deliveryTimes)}; ${total - deliveryTimes.length} missing`);
console.log(`other frames: ${live} marks of receipt; refused: ${JSON.stringify([...refused])}`);
console.log(
  `server: ${(cpu / sending).toFixed(2)} cores, ${mebibytes(after.rss)} RSS; the clients' loop: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
);
console.log(`commands committed: ${await commits()}`);
for (const client of clients) client.close();
await server.stop(values.profile === undefined ? 'SIGKILL' : 'SIGTERM');

async function warmUp() {
  const count = Math.round(rate / 2) * WARM_UP_SECONDS;
  let answers = 0;
  const answered = new Promise((resolve) => {
    for (const client of clients) client.onAnswer = () => ++answers === count && resolve();
  });
  await openLoop(rate / 2, count, (index) => send(index, 'w')).done;
  await answered;
}

/** Each user writes to a few others, in turn. */
function send(index, prefix = '') {
  const from = index % userCount;
  const to = (from + 1 + (Math.floor(index / userCount) % 7)) % userCount;
  clients[from].say(`${prefix}${index}`, users[to].userId, `Message ${index}: 明天下午三点在北京开会，别忘了 budget`);
}

/** As the server has measured them, what marks who has received what included. */
async function commits() {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)[1]);
  const count = value('im_commit_seconds_count');
  return `${count}, ${((1_000 * value('im_commit_seconds_sum')) / count).toFixed(1)} ms each`;
}
