// Whether anything is lost, whatever happens to the server and the network:
// npm run torture -w 02-im -- --kills 100 --messages 100000 --seed 1
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../../bench/support/random.mjs';
import { check } from './checks.mjs';
import { ServerProcess } from './server-process.mjs';
import { TortureClient } from './torture-client.mjs';
import { CLIENTS, createWorld, headOf } from './world.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const FAIL_POINTS = ['before-commit', 'after-commit', 'after-receipt'];
/** How long nothing may happen until it counts as lost. */
const PATIENCE = 60_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    messages: { type: 'string', default: '100000' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    'in-flight': { type: 'string', default: '8' },
  },
});
const [kills, messages, seed, inFlight] = ['kills', 'messages', 'seed', 'in-flight'].map((name) => {
  if (/^\d+$/.test(values[name])) return Number(values[name]);
  console.error(`--${name} must be a whole number, but it is ${values[name]}.`);
  process.exit(2);
});

const begin = performance.now();
const random = new Random(seed);
const folder = mkdtempSync(join(tmpdir(), 'im-torture-'));
const server = new ServerProcess(folder);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
console.log(`seed ${seed}: ${messages} messages, ${kills} kills`);

await server.start();
const world = await createWorld(server);
const sent = [];
let receipts = 0;
let cuts = 0;
let killed = 0;
const killedAt = { random: 0, starting: 0 };
let onProgress = () => {};
const clients = world.users.flatMap((user, index) => CLIENTS.map((client) => clientOf(user, index, client)));
for (const client of clients) client.start();

await tortureServer();
await reached(() => clients.every(({ isIdle }) => isIdle));
const heads = new Map();
for (const user of world.users) heads.set(user.userId, await headOf(server, user));
await reached(() => clients.every(({ userId, journal }) => journal.position >= heads.get(userId)));

const found = await check({ server, world, clients, sent });
await Promise.all(clients.map((client) => client.stop()));
verify();
const exit = await server.stop('SIGTERM');
if (exit !== 0 && exit !== 'SIGTERM') found.push({ kind: 'server', sentence: `the server ended with ${exit}` });
verify();
if (server.complaints !== '') found.push({ kind: 'server', sentence: server.complaints });
report();
process.exitCode = found.length === 0 ? 0 : 1;

function clientOf(user, userIndex, { deviceId, name }) {
  const fullName = `${user.userId}/${name}`;
  const own = new Random(seed + world.users.indexOf(user) * 101 + name.length * 7 + name.charCodeAt(name.length - 1));
  const rooms = world.rooms.filter(({ members }) => members.includes(userIndex));
  // Small rooms are talked in more.
  const weighted = rooms.flatMap((room) => Array.from({ length: Math.ceil(12 / room.members.length) }, () => room));
  let number = 0;
  const source = {
    get isEmpty() {
      return sent.length >= messages;
    },
    next() {
      if (this.isEmpty) return undefined;
      const id = `${fullName}#${number++}`;
      sent.push(id);
      return messageTo(own.pick(weighted), userIndex, id);
    },
  };
  const onReceipt = () => {
    receipts++;
    onProgress();
    if (!random.chance(Math.ceil(messages / (2 * kills + 1)))) return;
    cuts++;
    random.pick(clients).cut();
  };
  const token = user.tokens[deviceId];
  return new TortureClient({
    server,
    userId: user.userId,
    deviceId,
    name: fullName,
    token,
    random: own,
    source,
    inFlight,
    onReceipt,
  });
}

function messageTo({ roomId, members }, sender, id) {
  const peer = members.length === 2 && members.find((member) => member !== sender);
  const place =
    peer === false ? { room_id: roomId, type: 'multicast' } : { to_user_id: world.users[peer].userId, type: 'unicast' };
  return { client_msg_id: id, ...place, message_type: 1, message_content: { text: `第 ${id}` } };
}

/** Kills the server as often as it shall be, at moments spread over what is yet to be sent. */
async function tortureServer() {
  let told = performance.now();
  for (killed = 0; killed < kills; killed++) {
    const left = messages - receipts;
    const next = receipts + random.below(Math.max(1, Math.floor((2 * left) / (kills - killed + 1))));
    await Promise.race([reached(() => receipts >= next), server.ended]);
    // A process with a fail point ends by itself, if there is anything left to fail at.
    if (server.failPoint) await Promise.race([server.ended, reached(() => receipts >= messages)]);
    else await wait(random.below(50));
    await server.stop();
    if (server.failPoint) killedAt[server.failPoint]++;
    else killedAt.random++;
    await startAgain();
    if (performance.now() - told < 20_000) continue;
    told = performance.now();
    console.log(`${killed + 1} kills, ${receipts} of ${messages} messages`);
  }
}

async function startAgain() {
  if (random.chance(8) && killed + 2 < kills) {
    const starting = server.start().catch(() => {});
    await wait(random.below(1_500));
    await server.stop();
    await starting;
    killedAt.starting++;
    killed++;
  }
  server.failPoint =
    random.chance(3) && killed + 1 < kills && receipts < messages ? random.pick(FAIL_POINTS) : undefined;
  if (server.failPoint) killedAt[server.failPoint] ??= 0;
  await server.start({ IM_FAIL_POINT: server.failPoint ?? '' });
}

/** Settles when it is so; gives up when nothing has happened for long. */
async function reached(isReached) {
  let last = performance.now();
  let before = '';
  while (!isReached()) {
    await Promise.race([new Promise((resolve) => (onProgress = resolve)), wait(100)]);
    const now = `${receipts} ${clients.map(({ journal }) => journal.position).join()}`;
    if (now !== before) last = performance.now();
    else if (performance.now() - last > PATIENCE) return;
    before = now;
  }
}

function verify() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'verify', '--data', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) found.push({ kind: 'verify', sentence: stdout + stderr });
}

function report() {
  const sum = (name) => clients.reduce((total, client) => total + client[name], 0);
  const events = clients.reduce((total, { journal }) => total + journal.position, 0);
  const redelivered = clients.reduce((total, { journal }) => total + journal.redelivered, 0);
  const count = (kind) => found.filter((one) => one.kind === kind).length;
  for (const { kind, sentence } of found.slice(0, 40)) console.log(`${kind}: ${sentence}`);
  const seconds = (performance.now() - begin) / 1_000;
  const kinds = Object.entries(killedAt).map(([where, times]) => `${where} ${times}`);
  console.log(
    `${killed} kills (${kinds.join(', ')}), ${cuts} cuts, ` +
      `${sum('connections')} connections of ${clients.length} clients`,
  );
  console.log(
    `${receipts} messages with a RECEIPT, ${sum('resent')} sent again, ${sum('duplicateReceipts')} of them stored before; ` +
      `${events} events in ${clients.length} inboxes, ${redelivered} delivered again`,
  );
  console.log(
    `lost ${count('lost')}, duplicate ${count('duplicate')}, gap ${count('gap')}, disorder ${count('disorder')}`,
  );
  console.log(`verify ${count('verify') === 0 ? 'clean' : 'NOT CLEAN'}; ${count('server')} complaints of the server`);
  console.log(`${seconds.toFixed(0)} s, load ${loadavg()[0].toFixed(1)}`);
}
