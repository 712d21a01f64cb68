// Whether one subscriber that has stopped reading is felt by the others. Each round runs without and with it, on a fresh server each
// time; server and clients are processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    policy: { type: 'string', default: 'drop-oldest' },
    rounds: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '200' },
    size: { type: 'string', default: '16384' },
    subscribers: { type: 'string', default: '100' },
    window: { type: 'string', default: '4' },
  },
});
const size = Number(values.size);
const settings = {
  size,
  subscribers: Number(values.subscribers),
  window: Number(values.window),
  messages: Math.ceil((Number(values.megabytes) * 1_000_000) / size),
};

const ratios = [];
console.log(
  `${settings.messages} messages of ${size} bytes to ${settings.subscribers} subscribers, policy ${values.policy}`,
);
console.log('round  reader   p50 ms   p99 ms   max ms  RSS +MB  seconds  lost  doubled  disordered');
for (let round = 1; round <= Number(values.rounds); round++) {
  // In turn the one and the other first, so that neither has the better place.
  const runs = {};
  for (const hasFrozen of round % 2 === 1 ? [false, true] : [true, false]) {
    const run = await measure(hasFrozen);
    runs[hasFrozen ? 'frozen' : 'none'] = run;
    print(round, hasFrozen ? 'frozen' : 'none', run);
  }
  ratios.push({ p50: runs.frozen.p50 / runs.none.p50, p99: runs.frozen.p99 / runs.none.p99 });
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)].toFixed(2);
console.log(
  `with to without, median of the rounds: p50 ${median(ratios.map((r) => r.p50))}, p99 ${median(ratios.map((r) => r.p99))}`,
);

async function measure(hasFrozen) {
  const server = fork(new URL('./slow-reader/server.mjs', import.meta.url), [values.policy]);
  const [{ port }] = await once(server, 'message');
  const clients = fork(new URL('./slow-reader/clients.mjs', import.meta.url), [
    JSON.stringify({ ...settings, port, hasFrozen }),
  ]);
  clients.on('message', (message) => {
    if (message.isWarm) server.send('measure');
  });
  clients.on('exit', (code) => {
    if (code) process.exit(1);
  });
  const run = await answer(clients, ({ p99 }) => p99 !== undefined);
  server.send('tell');
  const { growth, slowConsumers } = await answer(server, (message) => message.growth !== undefined);
  clients.send('resume');
  const frozen = await answer(clients, (message) => message.frozen !== undefined);
  clients.kill();
  server.kill();
  await once(server, 'exit');
  return { ...run, growth, slowConsumers, ...frozen };
}

async function answer(child, isIt) {
  for (;;) {
    const [message] = await once(child, 'message');
    if (isIt(message)) return message;
  }
}

function print(round, reader, { p50, p99, max, seconds, lost, doubled, disordered, growth, slowConsumers, frozen }) {
  const cells = [p50.toFixed(2), p99.toFixed(2), max.toFixed(1), (growth / 1e6).toFixed(1), seconds.toFixed(1)];
  const counts = [`${lost}`.padStart(6), `${doubled}`.padStart(9), `${disordered}`.padStart(12)].join('');
  console.log(
    `${String(round).padEnd(7)}${reader.padEnd(6)}${cells.map((cell) => cell.padStart(9)).join('')}${counts}`,
  );
  if (frozen === null) return;
  const { received, told, hasNewest, closed } = frozen;
  const waiting = `${slowConsumers.messages} messages, ${slowConsumers.bytes} bytes waited`;
  const fate = closed
    ? `closed with ${closed}`
    : `then got ${received}, missed ${told}, the newest ${hasNewest ? 'came' : 'did not come'}`;
  console.log(`       the frozen one: ${waiting}; ${fate}`);
}
