// A device comes back after long: npm run build && node bench/sync.mjs [--missed 10000] [--rooms 25] [--runs 5]
import { parseArgs } from 'node:util';
import { BenchClient } from './support/bench-client.mjs';
import { startServer } from './support/bench-server.mjs';
import { machine, mebibytes, quantile } from './support/figures.mjs';

const { values } = parseArgs({
  options: {
    missed: { type: 'string', default: '10000' },
    rooms: { type: 'string', default: '25' },
    runs: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
});
const [missed, roomCount, runs] = [values.missed, values.rooms, values.runs].map(Number);
/** Each room begins with two: that it is there, and the message that says who made it. */
const total = missed + 2 * roomCount;

const { server, users } = await startServer(2, { fill, profile: values.profile });
const device = users[1];
await sync();
const before = await server.ask('report');
const times = [];
for (let run = 0; run < runs; run++) times.push((await sync()).time);
const during = (await sync({ reportAt: Math.floor(total / 2) })).report;
const after = await server.ask('report');
console.log(`${missed} missed messages of ${roomCount} rooms, ${total} events of the inbox; ${machine()}`);
console.log(
  `to the RECEIPT of the last ACK: p50 ${quantile(times, 0.5).toFixed(0)} ms, of ${times.map(Math.round).join(', ')}`,
);
console.log(
  `heap: ${mebibytes(before.heapUsed)} before, ${mebibytes(during.heapUsed)} at the half, ${mebibytes(after.heapUsed)} after`,
);
await server.stop(values.profile === undefined ? 'SIGKILL' : 'SIGTERM');

/** @returns how long it took from the connection to the RECEIPT of the last ACK; all events have come, in order */
async function sync({ reportAt } = {}) {
  const begin = performance.now();
  let client;
  let last = 0;
  let report;
  await new Promise((resolve, reject) => {
    const onEvent = ({ inbox_seq: place }) => {
      if (place !== last + 1) reject(new Error(`After ${last} came ${place}`));
      last = place;
      if (place === reportAt) report = server.ask('report');
      if (place === total) resolve();
    };
    const connected = BenchClient.connect(server, device, { since: 0, acknowledgeEvery: 64, onEvent });
    connected.then((opened) => (client = opened), reject);
  });
  await client.acknowledgeAll();
  const time = performance.now() - begin;
  client.close();
  return { time, report: await report };
}

async function fill(ingest) {
  const actor = { userId: 'u0', deviceId: 'd' };
  const rooms = await Promise.all(
    Array.from({ length: roomCount }, (_, index) => {
      const room = { kind: 'group', title: `room ${index}`, memberIds: ['u1'] };
      return ingest.execute('room.create', { actor, clientMsgId: `room-${index}`, ...room });
    }),
  );
  await Promise.all(
    Array.from({ length: missed }, (_, index) =>
      ingest.execute('message.send', {
        actor,
        clientMsgId: `m${index}`,
        roomId: rooms[index % roomCount].roomId,
        type: 'multicast',
        messageType: 1,
        content: { text: `Message ${index}: 明天下午三点在北京开会，别忘了 budget` },
      }),
    ),
  );
}
