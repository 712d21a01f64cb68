import { measureBeats, measureLag, type BeatCase } from '../beats.js';
import { refused, type Check } from '../conversation.js';

/** Both sides' header, and how often the client must hear the server. */
const SERVER_BEATS: readonly BeatCase[] = [
  { server: [300, 0], client: '0,300', every: 300 },
  { server: [200, 0], client: '0,500', every: 500 },
  { server: [500, 0], client: '0,200', every: 500 },
  { server: [1_000, 1_000], client: '0,1', every: 1_000 },
];

const MALFORMED = [
  'abc',
  '1000',
  '1000,',
  ',1000',
  '-1,0',
  '1,2,3',
  '1.5,0',
  '0x10,0',
  '1e3,0',
  '99999999999,0',
  '1;2',
];

export const HEART_BEATS: readonly Check[] = [
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'says in CONNECTED what it can do and what it wants',
    server: { broker: { heartbeat: [400, 700] } },
    run: async (talk) => {
      const client = await talk.open();
      expect((await client.connect('1.2', 'heart-beat:0,0\n')).header('heart-beat')).toBe('400,700');
    },
  },
  ...SERVER_BEATS.map(
    (beats) =>
      ({
        clause: 'STOMP 1.2 “Heart-beating”',
        it: `sends at least every ${beats.every} ms when it offers ${beats.server.join()} and the client ${beats.client}`,
        server: { broker: { heartbeat: [...beats.server] as [number, number] } },
        run: async (talk) => {
          const { longest, lag } = await measureBeats(talk, beats, 4);
          expect(longest).toBeLessThanOrEqual(beats.every + lag);
          // Often enough is enough: a beat costs the battery of a telephone.
          expect(longest).toBeGreaterThan(beats.every / 2);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'beats with an EOL and nothing else',
    server: { broker: { heartbeat: [200, 0] } },
    run: async (talk) => {
      const client = await talk.open();
      await client.connect('1.2', 'heart-beat:0,200\n');
      await client.beaten(2);
      expect(client.messages.slice(1).map(({ bytes }) => bytes.toString())).toEqual(['\n', '\n']);
    },
  },
  ...[
    { says: 'does not want any', headers: 'heart-beat:0,0\n' },
    { says: 'says nothing of heart-beats, which is the same as 0,0', headers: '' },
  ].map(
    ({ says, headers }) =>
      ({
        clause: 'STOMP 1.2 “Heart-beating”',
        it: `sends no beats to a client that ${says}, and does not miss its beats either`,
        server: { broker: { heartbeat: [200, 200] as [number, number] } },
        run: async (talk) => {
          const client = await talk.connect('1.2', headers);
          const clock = await talk.connect('1.2', 'heart-beat:0,200\n');
          await clock.beaten(6);
          expect(client.beats).toEqual([]);
          await client.settled();
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'neither sends nor expects beats when it says 0,0',
    server: { broker: { heartbeat: [0, 0] } },
    run: async (talk) => {
      const client = await talk.open();
      expect((await client.connect('1.2', 'heart-beat:1,1\n')).header('heart-beat')).toBe('0,0');
      for (let i = 0; i < 20; i++) await client.settled();
      expect(client.beats).toEqual([]);
    },
  },
  ...MALFORMED.map(
    (header) =>
      ({
        clause: 'STOMP 1.2 “Heart-beating”',
        it: `refuses "heart-beat:${header}", which is not two positive integers`,
        run: async (talk) => {
          const client = await talk.open();
          await refused(
            client.write(`CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:${header}\n\n\0`),
            'STOMP_ERR_INVALID_HEADER',
          );
        },
      }) satisfies Check,
  ),
  ...['2147483648,2147483648', '4294967297,1', '9999999999,9999999999'].map(
    (header) =>
      ({
        clause: 'DESIGN 6',
        it: `does not beat like mad for a client that says ${header}`,
        run: async (talk) => {
          const client = await talk.connect('1.2', `heart-beat:${header}\n`);
          for (let i = 0; i < 50; i++) await client.settled();
          expect(client.beats).toEqual([]);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'closes on a client that has promised to beat and is silent, but not before a margin',
    server: { broker: { heartbeat: [0, 300] } },
    run: async (talk) => {
      const client = await talk.open();
      await client.connect('1.2', 'heart-beat:300,0\n');
      const lag = measureLag();
      const connected = performance.now();
      await refused(client, 'STOMP_ERR_HEART_BEAT', 4409);
      const silence = performance.now() - connected;
      expect(silence).toBeGreaterThan(300);
      expect(silence).toBeLessThan(4 * 300 + lag());
    },
  },
  ...[
    { what: 'EOLs', data: '\n' },
    { what: 'EOLs with a carriage return', data: '\r\n' },
    { what: 'frames', data: 'SEND\ndestination:/topic/alive\n\n\0' },
  ].map(
    ({ what, data }) =>
      ({
        clause: 'STOMP 1.2 “Heart-beating”',
        it: `takes ${what} for a sign of life`,
        server: { broker: { heartbeat: [200, 200] as [number, number] } },
        run: async (talk) => {
          const client = await talk.connect('1.2', 'heart-beat:200,200\n');
          // Its own beats are the clock: it answers each, for three times as long as silence would be borne.
          for (let count = 1; count <= 10; count++) {
            await client.beaten(count);
            client.write(data);
          }
          await client.settled();
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'takes pieces of a frame for a sign of life, as any new data is one',
    server: { broker: { heartbeat: [200, 200] } },
    run: async (talk) => {
      const client = await talk.connect('1.2', 'heart-beat:200,200\n');
      const frame = 'SEND\ndestination:/topic/slow\nreceipt:slow\n\n\0';
      for (let count = 1; count <= 10; count++) {
        await client.beaten(count);
        client.write(frame[count - 1]!);
      }
      client.write(frame.slice(10));
      await client.next((answer) => answer.header('receipt-id') === 'slow');
    },
  },
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'does not take a client for dead that beat while the server itself was held up',
    server: { broker: { heartbeat: [0, 200] } },
    run: async (talk) => {
      const client = await talk.connect('1.2', 'heart-beat:200,0\n');
      client.write('\n');
      // Behind the turn's last phase: the next begins with the timers, before anything is read.
      await new Promise((resolve) => setImmediate(resolve));
      holdUp(1_000);
      await client.settled();
    },
  },
  {
    clause: 'STOMP 1.2 “Heart-beating”',
    it: 'does not beat in the middle of a frame, and spares the beats while frames flow',
    server: { broker: { heartbeat: [400, 0] } },
    run: async (talk) => {
      const client = await talk.open();
      await client.connect('1.2', 'heart-beat:0,400\n');
      await client.subscribe('s', talk.topic);
      const clock = await talk.connect('1.2', 'heart-beat:0,400\n');
      const flowing = setInterval(() => client.write(`SEND\ndestination:${talk.topic}\n\n\0`), 30);
      await clock.beaten(3).finally(() => clearInterval(flowing));
      expect(client.beats).toEqual([]);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'beats for a client whose frame is still being handled, and does not take it for dead',
    server: {
      broker: { heartbeat: [200, 200] },
      application: ({ headers }) =>
        headers.destination === '/app/slow' ? new Promise((resolve) => setTimeout(resolve, 1_500)) : undefined,
    },
    run: async (talk) => {
      const client = await talk.connect('1.2', 'heart-beat:200,200\n');
      await client.receipt('SEND\ndestination:/app/slow\n\n\0');
      expect(client.beats.length).toBeGreaterThanOrEqual(7);
    },
  },
];

/** Keeps this process, and with it the server, from everything else. */
function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
