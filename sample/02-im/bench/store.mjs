// What the embedded store does in a second: npm run build && node bench/store.mjs [messages to search among, 1000000]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSqlite } from '../dist/sqlite/open-sqlite.js';
import { SqliteWriter } from '../dist/sqlite/sqlite-writer.js';

const { positionals } = parseArgs({ allowPositionals: true });
const SEARCHED = Number(positionals[0] ?? 1_000_000);
const WRITTEN = 40_000;
const MISSED = 10_000;
const ROOMS = 500;

const latin = Array.from({ length: 500 }, (_, index) => `${(index * 7_919 + 3).toString(36)}word`);
const folder = mkdtempSync(join(tmpdir(), 'im-bench-'));
const table = [];
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

await measureWrites('store-write.db');
await measureMissed('store-missed.db');
await measureSearch('store-search.db');
console.table(table);

async function measureWrites(name) {
  const { ingest, close } = await openSqlite({ path: join(folder, name) });
  await createUsers(ingest, 1_000);
  for (const inFlight of [1, 64, 512]) {
    const total = inFlight === 1 ? WRITTEN / 20 : WRITTEN;
    const latencies = [];
    let next = 0;
    const begin = performance.now();
    await atOnce(inFlight, async () => {
      while (next < total) {
        const index = next++;
        const at = performance.now();
        await ingest.execute('message.send', direct(`w${inFlight}-${index}`, index));
        latencies.push(performance.now() - at);
      }
    });
    const seconds = (performance.now() - begin) / 1_000;
    report(`1:1 messages committed, ${inFlight} in flight`, latencies, `${Math.round(total / seconds)}/s`);
  }
  await close();
}

async function measureMissed(name) {
  const { ingest, store, close } = await openSqlite({ path: join(folder, name) });
  await createUsers(ingest, 3);
  const rooms = await createGroups(ingest, 25, ['u1', 'u2']);
  await atOnce(MISSED, (index) => ingest.execute('message.send', toRoom(rooms[index % 25], `m${index}`)));
  for (const page of [200, 1_000]) {
    const times = [];
    for (let run = 0; run < 5; run++) {
      const begin = performance.now();
      let since = 50;
      let events;
      do {
        events = await store.inbox('u1', since, page);
        since += events.length;
        JSON.stringify(events);
      } while (events.length > 0);
      times.push(performance.now() - begin);
    }
    report(`${MISSED} missed events of 25 rooms read, pages of ${page}`, times);
  }
  await close();
}

async function measureSearch(name) {
  const path = join(folder, name);
  const rooms = fill(path);
  const begin = performance.now();
  const { store, close } = await openSqlite({ path });
  await store.inboxState('u0', 'd');
  report(`open with ${SEARCHED} messages`, [performance.now() - begin], `${megabytes(path)} MB`);
  // u0 is in all rooms, u1 in 100, u2 in one.
  const words = [...Array.from({ length: 40 }, (_, index) => word(index * 7)), ...latin.slice(0, 10)];
  for (const [userId, count, roomId] of [
    ['u0', 'one room of 500', rooms[3]],
    ['u2', 'one room'],
    ['u1', '100 rooms'],
    ['u0', '500 rooms'],
  ]) {
    const times = [];
    await store.search({ userId, roomId, q: words[0], limit: 20 });
    for (let run = 0; run < 4; run++) {
      for (const q of words) {
        const at = performance.now();
        await store.search({ userId, roomId, q, limit: 20 });
        times.push(performance.now() - at);
      }
    }
    report(`search among ${SEARCHED}, ${count}`, times);
  }
  const times = [];
  for (let run = 0; run < 300; run++) {
    const at = performance.now();
    await store.history('u0', rooms[run], { before: 1 + Math.floor(SEARCHED / ROOMS / 2), limit: 50 });
    times.push(performance.now() - at);
  }
  report('a page of 50 messages of history', times);
  await close();
}

/** Without the disk's fsync, which is not what is measured with it. */
function fill(path) {
  const writer = new SqliteWriter({ path, maxInboxMembers: 0 });
  writer.db.pragma('synchronous = OFF');
  const names = ['u0', 'u1', 'u2'];
  writer.commit(names.map((userId) => ({ name: 'user.create', input: { userId, name: userId, passwordHash: '-' } })));
  const rooms = writer
    .commit(
      Array.from({ length: ROOMS }, (_, index) => ({
        name: 'room.create',
        input: {
          ...by('u0', `r${index}`),
          kind: 'group',
          title: `room ${index}`,
          memberIds: [...(index % 5 === 0 ? ['u1'] : []), ...(index === 7 ? ['u2'] : [])],
        },
      })),
    )
    .map(({ result }) => result.roomId);
  for (let index = 0; index < SEARCHED; index += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, SEARCHED - index) }, (_, offset) => ({
      name: 'message.send',
      input: toRoom(rooms[random(ROOMS)], `f${index + offset}`),
    }));
    writer.commit(batch);
  }
  writer.db.close();
  return rooms;
}

function report(what, times, more = '') {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (quantile) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))].toFixed(2));
  table.push({ what, 'p50 ms': at(0.5), 'p95 ms': at(0.95), 'p99 ms': at(0.99), more, load: loadavg()[0].toFixed(1) });
}

async function createUsers(ingest, count) {
  await atOnce(count, (index) =>
    ingest.execute('user.create', { userId: `u${index}`, name: `User ${index}`, passwordHash: '-' }),
  );
}

async function createGroups(ingest, count, memberIds) {
  const groups = await atOnce(count, (index) =>
    ingest.execute('room.create', { ...by('u0', `g${index}`), kind: 'group', title: `group ${index}`, memberIds }),
  );
  return groups.map(({ roomId }) => roomId);
}

function direct(clientMsgId, index) {
  const from = index % 1_000;
  const toUserId = `u${(from + 1 + (index % 7)) % 1_000}`;
  return { ...by(`u${from}`, clientMsgId), toUserId, type: 'unicast', messageType: 1, content: { text: sentence() } };
}

function toRoom(roomId, clientMsgId) {
  return { ...by('u0', clientMsgId), roomId, type: 'multicast', messageType: 1, content: { text: sentence() } };
}

function by(userId, clientMsgId) {
  return { actor: { userId, deviceId: 'd' }, clientMsgId };
}

function atOnce(count, run) {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}

/** Seven of ten are Chinese; a word is the rarer the higher its number. */
function sentence() {
  const rank = () => Math.floor(Math.exp(Math.random() * Math.log(4_000)));
  const words = Array.from({ length: 4 + random(8) }, rank);
  return Math.random() < 0.7 ? words.map(word).join('') : words.map((index) => latin[index % latin.length]).join(' ');
}

function word(index) {
  return String.fromCodePoint(0x4e00 + ((index * 37) % 3_000), 0x4e00 + ((index * 101 + 13) % 3_000));
}

function random(below) {
  return Math.floor(Math.random() * below);
}

function megabytes(path) {
  return Math.round(statSync(path).size / 1_048_576);
}
