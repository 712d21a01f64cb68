import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { ACK, NACK } from './conversation.mjs';

/** The end of any frame that is still open, and then no frame: after it the server has no reason to keep the connection. */
const NONSENSE = '\0\nX\n\n\0'.repeat(2) + 'x'.repeat(70_000);

/** How many writes one conversation may make in a row. */
const MOST_PIECES = 500;

/** How long a connection may stay that the server must close, in milliseconds. */
const CLOSE_LIMIT = 20_000;

/**
 * Speaks a conversation: joined or cut anywhere, as text or as bytes, with or without waiting, over WebSocket or SockJS, to its end or
 * not.
 *
 * @returns how many frames were sent, what was sent, and what was wrong, if anything
 */
export async function play(steps, random, { port, secret }) {
  const isSockJs = random.chance(8);
  const path = isSockJs ? `/ws/000/${randomUUID()}/websocket` : random.pick(['/ws', '/ws', '/ws/websocket']);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, random.pick([[], ['v12.stomp'], ['v10.stomp']]), {
    perMessageDeflate: random.chance(4),
  });
  const talk = { frames: 0, sent: [], fault: undefined, deliveries: [] };
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const text = data.toString();
    if (text.includes(secret)) talk.fault ??= `heard what was not for it: ${text.slice(0, 300)}`;
    const id = headerOf(text, 'message-id');
    // In STOMP 1.2 only what is to be acknowledged has an `ack`; the others tell by the subscription.
    if (id) talk.deliveries.push({ ack: headerOf(text, 'ack'), id, subscription: headerOf(text, 'subscription') });
  });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), closed]);
  await speak(steps, random, socket, talk, isSockJs);
  await leave(random, socket, closed, talk);
  return talk;
}

async function speak(steps, random, socket, talk, isSockJs) {
  const isCut = random.chance(4);
  const isJoined = random.chance(2);
  const isSlow = random.chance(10);
  const cutsLine = random.chance(10) ? random.below(steps.length) : -1;
  let waiting = [];
  const flush = () => {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    const longest = isCut ? random.pick([1, 10, 100, 1_000]) : Infinity;
    // Octet by octet is for short ones; a thousand writes at a time would keep this process, not the server, from the others.
    const piece = Math.max(longest, Math.ceil(bytes.length / MOST_PIECES));
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + (piece === Infinity ? bytes.length : 1 + random.below(piece)));
      transmit(bytes.subarray(at, end), random, socket, isSockJs);
      at = end;
    }
  };
  for (const [index, step] of steps.entries()) {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (index === cutsLine) {
      flush();
      return socket.terminate();
    }
    const bytes = Buffer.from(step === ACK || step === NACK ? acknowledgement(step, talk) : step);
    if (bytes.length === 0) continue;
    talk.frames++;
    talk.sent.push(bytes);
    waiting.push(bytes);
    if (isJoined && !random.chance(5)) continue;
    flush();
    if (isSlow || index === 0 || step === ACK)
      await new Promise((resolve) => setTimeout(resolve, random.below(isSlow ? 20 : 3)));
  }
  flush();
}

function headerOf(text, name) {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1];
}

/** Of the last delivery that has not been answered, as all versions want it. */
function acknowledgement(command, { deliveries }) {
  const delivery = deliveries.pop();
  if (!delivery) return '';
  const { ack, id, subscription } = delivery;
  return `${command}\nid:${ack ?? id}\nmessage-id:${id}\nsubscription:${subscription}\n\n\0`;
}

function transmit(bytes, random, socket, isSockJs) {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (isSockJs) return socket.send(random.chance(30) ? bytes.toString() : JSON.stringify([bytes.toString()]));
  if (random.chance(30)) socket.ping('are you there');
  socket.send(bytes, { binary: random.chance(2) });
}

async function leave(random, socket, closed, talk) {
  if (random.chance(6) && socket.readyState === WebSocket.OPEN) {
    socket.send(NONSENSE);
    let timer;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_LIMIT, 'limit')));
    if ((await Promise.race([closed, limit])) === 'limit') talk.fault ??= 'the server does not close the connection';
    clearTimeout(timer);
  } else if (random.chance(2)) socket.close(1000);
  socket.terminate();
  await closed;
}
