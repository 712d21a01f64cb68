// What it costs that several servers act as one: deliveries of a CPU second of all of them together, for one server alone and for several with
// each bus between them; what a message costs where nobody wants it; what a user of another server takes up.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { readRecords } from '../dist/cluster/batch.js';
import { createBus } from '../dist/cluster/create-bus.js';
import { StompCluster } from '../dist/cluster/stomp-cluster.js';
import { Message } from '../dist/index.js';
import { SimpUserRegistry } from '../dist/messaging/simp-user.registry.js';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '100' },
    messages: { type: 'string', default: '3200' },
    window: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
    size: { type: 'string', default: '128' },
    redis: { type: 'string' },
    nats: { type: 'string' },
  },
});
const [subscribers, messages, window] = [values.subscribers, values.messages, values.window].map(Number);
const [rounds, size] = [Number(values.rounds), Number(values.size)];

const SETUPS = {
  'one server': { servers: 1 },
  '2 workers': { servers: 2, options: { kind: 'node' } },
  '4 workers': { servers: 4, options: { kind: 'node' } },
  ...(values.redis && { '2 with Redis': { servers: 2, options: { kind: 'redis', url: values.redis } } }),
  ...(values.nats && { '2 with NATS': { servers: 2, options: { kind: 'nats', servers: values.nats } } }),
};

console.log(
  `${messages} messages of ${size} bytes to ${subscribers} subscribers, ${window} under way, ${rounds} rounds`,
);
const rates = Object.fromEntries(Object.keys(SETUPS).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, setup] of Object.entries(SETUPS)) rates[name].push(await fanOut(setup));
}
const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
const alone = median(rates['one server']);
for (const [name, all] of Object.entries(rates)) {
  const ratio = (median(all) / alone).toFixed(2);
  console.log(
    `${name.padEnd(14)} ${`${Math.round(median(all))}`.padStart(9)} deliveries a CPU second of all processes, ${ratio}`,
  );
}
await unwanted();
await users();
process.exit();

/** Without the bus' own process, which others share. */
async function fanOut(setup) {
  const group = fork(new URL('./cluster/server.mjs', import.meta.url), [JSON.stringify({ ...setup, size })]);
  const [{ ports }] = await once(group, 'message');
  const all = await Promise.all(Array.from({ length: subscribers }, (_, i) => subscribe(ports[i % ports.length])));
  const used = async () => {
    const answers = [];
    const listening = (answer) => answers.push(answer.used);
    group.on('message', listening);
    group.send({ ask: true });
    while (answers.length < setup.servers + 1) await once(group, 'message');
    group.off('message', listening);
    return answers.reduce((sum, one) => sum + one, 0);
  };
  const publish = async (count) => {
    for (let i = 0; i < count; i += window) {
      group.send({ publish: window, destination: '/topic/a' });
      await Promise.all(all.map((subscriber) => subscriber.take(window)));
    }
  };
  await publish(window * 20);
  const before = await used();
  await publish(messages);
  const cpu = (await used()) - before;
  group.kill();
  for (const { socket } of all) socket.destroy();
  await once(group, 'exit');
  return (messages * subscribers) / cpu;
}

async function subscribe(port) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n',
  );
  await once(socket, 'data');
  let count = 0;
  let waiting = () => {};
  let rest = Buffer.alloc(0);
  const subscriber = {
    socket,
    async take(wanted) {
      while (count < wanted) await new Promise((resolve) => (waiting = resolve));
      count -= wanted;
    },
  };
  socket.on('data', (data) => {
    rest = rest.length > 0 ? Buffer.concat([rest, data]) : data;
    for (let end = endOfMessage(rest); end <= rest.length; end = endOfMessage(rest)) {
      count++;
      rest = rest.subarray(end);
    }
    waiting();
  });
  send(socket, 'CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n\n\0');
  await subscriber.take(1);
  send(socket, 'SUBSCRIBE\nid:s\ndestination:/topic/a\nreceipt:r\n\n\0');
  await subscriber.take(1);
  return subscriber;
}

function endOfMessage(bytes) {
  if (bytes.length < 2) return Infinity;
  if (bytes[1] < 126) return 2 + bytes[1];
  return bytes.length < 4 ? Infinity : 4 + bytes.readUInt16BE(2);
}

function send(socket, text) {
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
}

/** Two servers in this process; what one publishes is read by the other, where nobody wants it. */
async function unwanted() {
  const batches = [];
  const sender = await server({ bus: { start() {}, publish: (bytes) => void batches.push(bytes), stop() {} } });
  let listener;
  await server({ bus: { start: (it) => void (listener = it), publish() {}, stop() {} } });
  const message = Message.to('/topic/room.1234', Buffer.alloc(size, 'x'), { 'content-type': 'text/plain' });
  message.headers.messageId = 'abcdefgh-1234';
  for (const joined of [1, 16, 256]) {
    batches.length = 0;
    const count = 200_000;
    const writing = await time(count, async () => {
      for (let i = 0; i < count; i += joined) {
        for (let j = 0; j < joined; j++) sender.publish(message);
        await new Promise(setImmediate);
      }
    });
    const reading = await time(count, () => batches.forEach((bytes) => listener.onMessage(bytes)));
    console.log(
      `${`${joined}`.padStart(3)} messages in a batch: ${writing} µs to publish one, ${reading} µs to find that nobody wants it`,
    );
  }
}

async function server({ bus, users = new SimpUserRegistry() }) {
  const settings = {
    name: 'x',
    heartbeat: 60_000,
    timeout: 120_000,
    bufferSizeLimit: 2 ** 30,
    shareSubscriptions: false,
  };
  const made = new StompCluster(createBus({ kind: 'bus', bus }), settings, {
    users,
    log: { debug() {}, warn: console.warn, error: console.error },
    isWanted: () => false,
    deliver() {},
    catchUp() {},
    deliverToUser() {},
    deliverReply() {},
    carryOut() {},
    onAvailability() {},
  });
  await made.start();
  return made;
}

async function time(count, work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / count).toFixed(2);
}

/** A server with 100,000 users that another one comes to. */
async function users() {
  const count = 100_000;
  const listeners = new Set();
  const bus = () => {
    let own;
    return {
      start: (listener) => void listeners.add((own = listener)),
      publish: (bytes) => {
        for (const other of listeners) if (other !== own) setImmediate(() => other.onMessage(bytes));
        total += bytes.length;
        readRecords(bytes, () => {});
      },
      stop() {},
    };
  };
  let total = 0;
  const here = new SimpUserRegistry();
  for (let i = 0; i < count; i++) here.addSession(crypto.randomUUID(), { name: `user-${i}`, roles: ['USER'] });
  await server({ bus: bus(), users: here });
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const there = new SimpUserRegistry();
  const start = performance.now();
  await server({ bus: bus(), users: there });
  while (there.getUserCount() < count) await new Promise(setImmediate);
  const elapsed = Math.round(performance.now() - start);
  globalThis.gc?.();
  const bytes = Math.round((process.memoryUsage().heapUsed - heap) / count);
  const each = Math.round(total / count);
  console.log(
    `${count} users of another server: known after ${elapsed} ms, ${each} bytes on the bus and ${bytes} bytes of memory each`,
  );
}
