import { join } from 'node:path';
import { BrokenServer } from './broken-server.js';

const TORTURE = join(import.meta.dirname, '../../torture');
const { judge } = await import(join(TORTURE, 'checks.mjs'));
const { InboxJournal } = await import(join(TORTURE, 'inbox-journal.mjs'));
const { TortureClient } = await import(join(TORTURE, 'torture-client.mjs'));

interface Violation {
  readonly kind: string;
  readonly sentence: string;
}

const ROOM = 'r_1';
const IDS = ['user-0/phone#0', 'user-1/phone#0', 'user-0/phone#1'];

const stored = (id: string, seq: number) => ({ client_msg_id: id, seq, message_id: `m${seq}`, room_id: ROOM });
const event = (place: number, seq = place) => ({ kind: 'message', inbox_seq: place, room_id: ROOM, seq });
const receipt = (seq: number) => ({ roomId: ROOM, seq, messageId: `m${seq}`, inboxSeq: seq });

/** What is known in the end of three messages in one room, by which nothing was lost. */
class Outcome {
  readonly world = { users: [{ userId: 'user-0' }, { userId: 'user-1' }], rooms: [{ roomId: ROOM, members: [0, 1] }] };
  readonly sent = [...IDS];
  readonly histories = new Map([[ROOM, IDS.map((id, index) => stored(id, index + 1))]]);
  readonly heads = new Map([
    ['user-0', 3],
    ['user-1', 3],
  ]);
  readonly sender = this.#client('user-0', [1, 3]);
  readonly other = this.#client('user-1', [2]);
  readonly clients = [this.sender, this.other];

  /** The kinds of what is found. */
  judge(): string[] {
    return (judge(this) as Violation[]).map(({ kind }) => kind);
  }

  get messages() {
    return this.histories.get(ROOM)!;
  }

  #client(userId: string, own: number[]) {
    const journal = new InboxJournal();
    journal.resume();
    for (const seq of own) journal.sent(receipt(seq));
    for (const seq of [1, 2, 3].filter((one) => !own.includes(one))) journal.came(event(seq));
    const receipts = new Map(own.map((seq) => [IDS[seq - 1]!, receipt(seq)]));
    return { userId, name: `${userId}/phone`, refused: [] as string[], receipts, journal };
  }
}

describe('What the torture counts', () => {
  let outcome: Outcome;

  beforeEach(() => {
    outcome = new Outcome();
  });

  it('is nothing when all is well', () => {
    expect(outcome.judge()).toEqual([]);
  });

  it.each<[string, string, (outcome: Outcome) => void]>([
    ['lost', 'something was refused for good', ({ sender }) => sender.refused.push('FORBIDDEN: no')],
    ['lost', 'a message is not stored', ({ sent }) => sent.push('user-1/phone#1')],
    ['lost', 'a RECEIPT named another place', ({ other }) => other.receipts.set(IDS[1]!, receipt(3))],
    ['lost', 'a client has not got all of its inbox', ({ heads }) => heads.set('user-1', 4)],
    ['duplicate', 'a message is stored twice', ({ messages }) => messages.push(stored(IDS[1]!, 4))],
    [
      'duplicate',
      'a place in an inbox is that of two events',
      ({ other }) => other.journal.sent({ ...receipt(2), inboxSeq: 1 }),
    ],
    ['gap', 'a room has no message for a seq', ({ messages }) => messages.splice(2, 1, stored(IDS[2]!, 4))],
    ['gap', 'a session has passed over what it has not sent', ({ other }) => other.journal.came(event(5))],
    [
      'gap',
      'a session did not go on where it was asked to',
      ({ other }) => other.journal.started({ mode: 'resume', since: 7 }),
    ],
    ['disorder', 'an event came behind a later one', ({ other }) => other.journal.came(event(1))],
    [
      'disorder',
      'the messages of a client are stored in another order than it has sent them',
      ({ messages }) => messages.splice(0, 3, stored(IDS[2]!, 1), stored(IDS[1]!, 2), stored(IDS[0]!, 3)),
    ],
  ])('is something %s when %s', (kind, _what, damage) => {
    damage(outcome);
    expect(outcome.judge()).toContain(kind);
  });

  it.each([
    ['gap', [1, 3]],
    ['disorder', [2, 1, 3]],
    ['disorder', [1, 2, 2, 3]],
    ['lost', [1, 2]],
  ])('is something %s when the inbox has the messages %j of a room', (kind, seqs) => {
    const { other } = outcome;
    other.journal = new InboxJournal();
    other.journal.resume();
    for (const [index, seq] of seqs.entries()) other.journal.came(event(index + 1, seq));
    outcome.heads.set('user-1', seqs.length);
    expect(outcome.judge()).toContain(kind);
  });
});

describe('A client of the torture', () => {
  let server: BrokenServer;
  let client: any;

  beforeEach(async () => {
    server = await BrokenServer.start();
    const said = [{ client_msg_id: 'user-0/phone#0' }];
    client = new TortureClient({
      server,
      userId: 'user-0',
      deviceId: 'phone',
      name: 'user-0/phone',
      token: 'any',
      random: { below: () => 0, chance: () => false },
      source: {
        get isEmpty() {
          return said.length === 0;
        },
        next: () => said.shift(),
      },
      inFlight: 1,
      onReceipt: () => {},
    });
  });

  afterEach(async () => {
    await client.stop();
    await server.close();
  });

  const kinds = (): string[] => client.journal.violations.map(({ kind }: Violation) => kind);
  const violated = async (): Promise<void> => {
    while (kinds().length === 0) await new Promise(setImmediate);
  };

  it('finds a duplicate where a server gives two places to one message', async () => {
    server.onFrame = ({ command, headers }, send) => {
      if (command !== 'SEND') return;
      const answer = { 'receipt-id': headers.receipt, 'room-id': ROOM, 'message-id': 'm1', dup: false };
      send('RECEIPT', { ...answer, seq: 1, 'inbox-seq': 1 });
      send('RECEIPT', { ...answer, seq: 2, 'inbox-seq': 2 });
    };
    client.start();
    await violated();
    expect(kinds()).toEqual(['duplicate']);
  });

  it.each([
    ['disorder', [2, 1], ['disorder']],
    ['a duplicate', [1, 1], ['disorder', 'duplicate']],
  ])('finds %s where a server sends the places %j', async (_what, places, expected) => {
    server.onFrame = ({ command, headers }, send) => {
      if (command !== 'SUBSCRIBE' || headers.id !== 'inbox') return;
      const message = (body: object) => send('MESSAGE', { subscription: 'inbox', ack: 'a' }, body);
      message({ kind: 'state', mode: 'resume', since: 0 });
      for (const [index, place] of places.entries()) message(event(place, index + 1));
    };
    client.start();
    await violated();
    expect(kinds()).toEqual(expected);
  });

  it('finds a gap where a server goes on elsewhere than it was asked to', async () => {
    server.onFrame = ({ command, headers }, send) => {
      if (command !== 'SUBSCRIBE' || headers.id !== 'inbox') return;
      send('MESSAGE', { subscription: 'inbox' }, { kind: 'state', mode: 'reset', reason: 'trimmed', since: 9 });
    };
    client.start();
    await violated();
    expect(kinds()).toEqual(['gap']);
  });
});
