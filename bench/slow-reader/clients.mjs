// All clients: one publishes, the others subscribe, and one of them may stop reading. A message is published when all of the others have
// the one that is `window` before it, so the figures do not depend on a rate that a machine can or cannot keep.
import { once } from 'node:events';
import { WebSocket } from 'ws';

process.on('disconnect', () => process.exit());

const { port, subscribers, size, messages, window, hasFrozen } = JSON.parse(process.argv[2]);
// Long enough for the heap to have its size.
const WARM_UP = 6_000;

class Subscriber {
  next = 0;
  lost = 0;
  doubled = 0;
  disordered = 0;
  received = 0;
  told = 0;
  closed = 0;
  seen = new Set();
  onMessage = () => {};

  static async connect() {
    const subscriber = new Subscriber();
    const webSocket = await open();
    subscriber.webSocket = webSocket;
    webSocket.on('message', (data) => subscriber.#received(data.toString('latin1', 0, 400)));
    webSocket.on('close', (code) => (subscriber.closed = code));
    const answer = once(webSocket, 'message');
    webSocket.send('SUBSCRIBE\nid:s\ndestination:/topic/flood\nreceipt:r\n\n\0');
    await answer;
    return subscriber;
  }

  #received(head) {
    const number = /\nn:(\d+)\n/.exec(head)?.[1];
    if (number === undefined) return;
    const n = Number(number);
    this.received++;
    this.told += Number(/\ndropped:(\d+)\n/.exec(head)?.[1] ?? 0);
    if (this.seen.has(n)) this.doubled++;
    else if (n < this.next) this.disordered++;
    this.seen.add(n);
    this.next = Math.max(this.next, n + 1);
    this.onMessage(n);
  }
}

async function open() {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['v12.stomp'], { perMessageDeflate: false });
  await once(webSocket, 'open');
  const connected = once(webSocket, 'message');
  webSocket.send('CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n\n\0');
  await connected;
  return webSocket;
}

const all = [];
while (all.length < subscribers) all.push(await Subscriber.connect());
const frozen = hasFrozen ? all[0] : undefined;
const others = all.slice(1);
const publisher = await open();

const total = WARM_UP + messages;
const body = Buffer.alloc(size, 'x');
const sentAt = new Float64Array(total);
const missing = new Uint16Array(total).fill(others.length);
const latencies = new Float64Array(messages * others.length);
let measured = 0;
let published = 0;
let complete = 0;
let startedAt = 0;

function publish() {
  while (published < total && published < complete + window) {
    if (published === WARM_UP) {
      if (complete < WARM_UP) return;
      frozen?.webSocket.pause();
      startedAt = performance.now();
      process.send({ isWarm: true });
    }
    const head = `SEND\ndestination:/topic/flood\ncontent-type:application/octet-stream\nn:${published}\ncontent-length:${size}\n\n`;
    sentAt[published] = performance.now();
    publisher.send(Buffer.concat([Buffer.from(head), body, Buffer.from([0])]));
    published++;
  }
}

const finished = new Promise((resolve) => {
  for (const subscriber of others) {
    subscriber.onMessage = (n) => {
      if (n >= WARM_UP) latencies[measured++] = performance.now() - sentAt[n];
      if (--missing[n] > 0) return;
      complete++;
      publish();
      if (complete === total) resolve();
    };
  }
});
publish();
await finished;

const sorted = latencies.subarray(0, measured).toSorted();
const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
const sum = (what) => others.reduce((all, subscriber) => all + subscriber[what], 0);
process.send({
  p50: at(0.5),
  p99: at(0.99),
  max: at(1),
  seconds: (performance.now() - startedAt) / 1_000,
  lost: others.reduce((all, { seen }) => all + total - seen.size, 0),
  doubled: sum('doubled'),
  disordered: sum('disordered'),
});

await once(process, 'message');
if (!frozen) {
  process.send({ frozen: null });
} else {
  const last = new Promise((resolve) => {
    frozen.onMessage = (n) => n === total - 1 && resolve();
    if (frozen.webSocket.readyState === WebSocket.CLOSED) resolve();
    else frozen.webSocket.once('close', resolve);
  });
  frozen.webSocket.resume();
  await last;
  const { received, told, seen, closed } = frozen;
  process.send({ frozen: { received, told, hasNewest: seen.has(total - 1), closed } });
}
