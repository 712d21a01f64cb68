// What compression costs the server and what it spares the line: JSON to subscribers of one topic, with and without it, on a fresh server each
// time. The subscribers count and do not unfold, so that it is the server that is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '100' },
    messages: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
    level: { type: 'string', default: '1' },
    ids: { type: 'string', default: 'same' },
  },
});
const [subscribers, messages, rounds] = [Number(values.subscribers), Number(values.messages), Number(values.rounds)];
const WINDOW = 20;
const WARM_UP = 500;

console.log('   size  compression  bytes a message  deliveries a CPU second');
for (const size of [1_024, 16_384]) {
  const runs = { off: [], on: [] };
  for (let round = 0; round < rounds; round++) {
    for (const mode of round % 2 ? ['on', 'off'] : ['off', 'on']) runs[mode].push(await measure(size, mode === 'on'));
  }
  for (const mode of ['off', 'on']) {
    const [bytes, rate] = runs[mode].toSorted((a, b) => a[1] - b[1])[rounds >> 1].map(Math.round);
    console.log(`${`${size}`.padStart(7)}  ${mode.padEnd(11)}  ${`${bytes}`.padStart(15)}  ${`${rate}`.padStart(23)}`);
  }
}
process.exit();

async function measure(size, isOn) {
  const perMessageDeflate = isOn && { level: Number(values.level) };
  const server = fork(new URL('./compression/server.mjs', import.meta.url), [
    JSON.stringify({ size, perMessageDeflate }),
  ]);
  const [{ port }] = await once(server, 'message');
  const all = await Promise.all(Array.from({ length: subscribers }, (_, i) => subscribe(port, isOn, i)));
  const publish = async (count, isMeasured) => {
    const told = once(server, 'message');
    server.send({ publish: count, isMeasured });
    const [{ cpu }] = await told;
    await Promise.all(all.map((subscriber) => subscriber.take(count)));
    return cpu;
  };
  for (let i = 0; i < WARM_UP; i += WINDOW) await publish(WINDOW, false);
  for (const subscriber of all) subscriber.bytes = 0;
  await publish(0, true);
  for (let i = 0; i < messages; i += WINDOW) await publish(WINDOW, false);
  const cpu = await publish(0, false);
  const bytes = all.reduce((sum, subscriber) => sum + subscriber.bytes, 0);
  server.kill();
  await once(server, 'exit');
  const deliveries = messages * subscribers;
  return [bytes / deliveries, deliveries / cpu];
}

/** A subscriber that finds the borders of WebSocket messages and counts. */
async function subscribe(port, isOn, index) {
  const socket = connect(port, '127.0.0.1');
  const head = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'v12.stomp',
    ...(isOn && { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /ws HTTP/1.1\r\n${lines.join('')}\r\n`);
  await once(socket, 'data');
  let count = 0;
  let waiting = () => {};
  let rest = Buffer.alloc(0);
  const subscriber = {
    bytes: 0,
    async take(wanted) {
      while (count < wanted) await new Promise((resolve) => (waiting = resolve));
      count -= wanted;
    },
  };
  socket.on('data', (data) => {
    subscriber.bytes += data.length;
    rest = rest.length > 0 ? Buffer.concat([rest, data]) : data;
    for (let end = endOfMessage(rest); end <= rest.length; end = endOfMessage(rest)) {
      if ((rest[0] & 0x0f) < 8) count++;
      rest = rest.subarray(end);
    }
    waiting();
  });
  const id = values.ids === 'same' ? 's' : `s${index}`;
  send(socket, 'CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n\n\0');
  await subscriber.take(1);
  send(socket, `SUBSCRIBE\nid:${id}\ndestination:/topic/orders\nreceipt:r\n\n\0`);
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
