// Valid conversations: what a client may say, in an order that makes sense.

const USERS = ['', 'bob', 'carol', '小明', 'a/b', '*', '__proto__'];
const TOPICS = ['/topic/a', '/topic/b', '/topic/past/1', '/topic/past/2', '/topic/own.bob', '/topic/closed/x'];
const QUEUES = ['/queue/work/1', '/queue/work/2', '/queue/plain'];
const SUBSCRIBED = [
  ...TOPICS,
  ...QUEUES,
  '/topic/*',
  '/topic/**',
  '/topic/{x}/1',
  '/queue/work/*',
  '/queue/**',
  '/user/queue/one',
  '/user/queue/errors',
  '/app/subscribe/7',
  '/app/stream',
];
const SENT_TO = [
  ...TOPICS,
  ...QUEUES,
  '/app/echo',
  '/app/one',
  '/app/slow',
  '/app/fail',
  '/app/fail-late',
  '/user/queue/one',
];
const ACKS = ['auto', 'client', 'client-individual'];
const SELECTORS = ['', '', '', "selector:headers.a == '1'\n", 'selector:a > 1 and not (b = 2)\n'];
const HEART_BEATS = ['', 'heart-beat:0,0\n', 'heart-beat:0,1000\n', 'heart-beat:10000,10000\n', 'heart-beat:1000,0\n'];
const ACCEPTED = ['1.2', '1.1', '1.0', '1.0,1.1,1.2'];

/** A step that needs an answer of the server: the last delivery that has come is acknowledged. */
export const ACK = 'ACK';
export const NACK = 'NACK';

/** @returns frames as texts, ACK or NACK */
export function conversation(random) {
  const user = random.pick(USERS);
  const login = user && `login:${user}\n`;
  const steps = [
    `CONNECT\naccept-version:${random.pick(ACCEPTED)}\nhost:localhost\n${login}${random.pick(HEART_BEATS)}\n\0`,
  ];
  // Who listens for errors is told of them, and the session goes on.
  if (!random.chance(3)) steps.push('SUBSCRIBE\nid:errors\ndestination:/user/queue/errors\n\n\0');
  const ids = [];
  for (let count = 3 + random.below(25), i = 0; i < count; i++) steps.push(...step(random, i, ids));
  if (random.chance(3)) steps.push('DISCONNECT\nreceipt:bye\n\n\0');
  return steps;
}

/** @param ids of the subscriptions that there are */
function step(random, number, ids) {
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      ids.push(number);
      return [subscribe(random, number)];
    case 3:
      return transaction(random, number);
    case 4:
      return [ACK];
    case 5:
      return [random.chance(3) ? NACK : ACK];
    case 6:
      return ids.length > 0 ? [`UNSUBSCRIBE\nid:${ids.shift()}\n\n\0`] : [];
    case 7:
      return ['\n'];
    default:
      return [send(random)];
  }
}

function subscribe(random, id) {
  const receipt = random.chance(3) ? `receipt:s${id}\n` : '';
  const since = random.chance(6) ? 'since:0\nepoch:x\n' : '';
  const credit = random.chance(4) ? 'prefetch-count:1\n' : '';
  return (
    `SUBSCRIBE\nid:${id}\ndestination:${random.pick(SUBSCRIBED)}\nack:${random.pick(ACKS)}\n` +
    `${receipt}${since}${credit}${random.pick(SELECTORS)}\n\0`
  );
}

function send(random, transaction = '') {
  const body = random.pick(['hello', '{"a":1}', 'ä€😀', '', 'x'.repeat(random.below(3_000))]);
  const length = random.chance(3) ? `content-length:${Buffer.byteLength(body)}\n` : '';
  const receipt = random.chance(4) ? 'receipt:r\n' : '';
  return `SEND\ndestination:${random.pick(SENT_TO)}\na:1\n${transaction}${receipt}${length}\n${body}\0`;
}

function transaction(random, number) {
  const header = `transaction:t${number}\n`;
  const sends = Array.from({ length: random.below(4) }, () => send(random, header));
  return [`BEGIN\n${header}\n\0`, ...sends, `${random.pick(['COMMIT', 'ABORT'])}\n${header}\n\0`];
}
