import fc from 'fast-check';
import { ImError } from '../../src/model/error.js';
import type { InboxEvent } from '../../src/model/message.js';
import type { CommandInput, CommandName, Hint, SentMessage } from '../../src/ports/ingest-queue.js';
import { TemporaryStore } from './temporary-store.js';

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin'];

type Step = { readonly [N in CommandName]: readonly [N, Partial<CommandInput<N>>] }[CommandName];

const user = fc.constantFrom(...USERS);
const users = fc.uniqueArray(user, { maxLength: 3 });
const seq = fc.integer({ min: 1, max: 12 });
const content = fc.record({ text: fc.constantFrom('北京', 'x y', '', '预算 report') });
const step = <N extends CommandName>(name: N, input: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Step> =>
  fc.tuple(fc.constant(name), fc.record(input)) as fc.Arbitrary<unknown> as fc.Arbitrary<Step>;

/** `roomId` is the place of a room in the order in which they were made. */
const roomId = fc.nat({ max: 4 });
const remove = fc.boolean();

const steps = fc.array(
  fc.tuple(
    user,
    fc.oneof(
      { weight: 6, arbitrary: step('message.send', { roomId, content, mentions: users }) },
      { weight: 4, arbitrary: step('message.send', { toUserId: user, content }) },
      { weight: 2, arbitrary: step('message.recall', { roomId, seq }) },
      {
        weight: 2,
        arbitrary: step('message.edit', { roomId, seq, content, expectedVersion: fc.constantFrom(1, 1, 2) }),
      },
      step('message.react', { roomId, seq, emoji: fc.constantFrom('👍', '🎉'), remove }),
      step('message.pin', { roomId, seq, remove }),
      step('message.hide', { roomId, lo: seq, hi: seq }),
      step('room.read', { roomId, seq }),
      step('room.create', { kind: fc.constantFrom('group', 'channel'), title: fc.constant('t'), memberIds: users }),
      step('room.invite', { roomId, userIds: users }),
      step('room.join', { roomId }),
      step('room.leave', { roomId }),
      { weight: 2, arbitrary: step('room.kick', { roomId, userId: user }) },
      step('room.update', { roomId, member: fc.record({ userId: user, role: fc.constantFrom(0, 1, 2) }) }),
      step('room.update', { roomId, retentionDays: fc.constantFrom(0, 1) }),
      step('room.expire', { now: fc.constant(Date.UTC(2026, 0, 3)) }),
      step('room.mute', { roomId, until: fc.constantFrom(0, 1) }),
      step('message.broadcast', { content }),
      step('inbox.trim', { before: fc.constant(0), maxRows: fc.integer({ min: 5, max: 30 }) }),
    ),
    fc.boolean(),
  ),
  { minLength: 1, maxLength: 80, size: 'max' },
);

/** Carries out the steps, and remembers what every client would know. */
class Run {
  readonly rooms: string[] = [];
  readonly hints: Hint[] = [];
  readonly sent: [CommandName, CommandInput<CommandName>, SentMessage][] = [];

  constructor(private readonly im: TemporaryStore) {}

  async carryOut(userId: string, [name, partial]: Step): Promise<void> {
    const input: Record<string, unknown> = { ...this.im.by(userId), messageType: 1, ...partial };
    input['type'] = 'toUserId' in input ? 'unicast' : 'multicast';
    if ('roomId' in input) input['roomId'] = this.rooms[Number(input['roomId'])] ?? 'nowhere';
    try {
      const result = await this.im.ingest.execute(name, input as unknown as CommandInput<typeof name>);
      if (!result || !('hints' in result)) return;
      this.hints.push(...result.hints);
      if (!('messageId' in result)) return;
      this.sent.push([name, input as unknown as CommandInput<CommandName>, result]);
      if (!this.rooms.includes(result.roomId)) this.rooms.push(result.roomId);
    } catch (error) {
      if (!(error instanceof ImError) || error.code === 'STORAGE') throw error;
    }
  }

  /** What came to the user as hints, in the order of `inbox_seq`. */
  eventsOf(userId: string): InboxEvent[] {
    return this.hints.flatMap((hint) => ('userId' in hint && hint.userId === userId ? [hint.event] : []));
  }
}

/** Messages of groups and channels that came before the user had joined, or after they had left. */
function outsideOfMembership(events: readonly InboxEvent[]): InboxEvent[] {
  const joined = new Set<string>();
  return events.filter((event) => {
    if (event.kind === 'room' && event.change === 'joined') joined.add(event.room_id);
    if (event.kind === 'room' && event.change === 'left') joined.delete(event.room_id);
    return event.kind === 'message' && event.type !== 'unicast' && !joined.has(event.room_id);
  });
}

const identity = (event: InboxEvent) => [
  event.inbox_seq,
  event.kind,
  event.room_id,
  event.kind === 'message' ? event.seq : undefined,
];

describe('Whatever is asked for', () => {
  it('the invariants hold, inboxes have no gap, hints are what they say, and each request is carried out once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const im = await TemporaryStore.open({ maxInboxMembers: 3 });
        try {
          await im.users(...USERS.slice(1));
          await im.ingest.execute('user.create', { userId: 'alice', name: 'a', passwordHash: '-', isAdmin: true });
          const run = new Run(im);
          await run.carryOut('alice', ['room.create', { kind: 'group', title: 't', memberIds: ['bob', 'carol'] }]);
          await run.carryOut('bob', ['room.create', { kind: 'channel', title: 't', memberIds: ['alice', 'dave'] }]);
          let together: Promise<void>[] = [];
          for (const [userId, action, waits] of sequence) {
            together.push(run.carryOut(userId, action));
            if (!waits) continue;
            await Promise.all(together);
            together = [];
          }
          await Promise.all(together);

          expect(await im.store.verify()).toEqual([]);
          for (const userId of USERS) {
            const { head, min } = await im.store.inboxState(userId, 'd1');
            const inbox = await im.inbox(userId);
            expect(inbox.map(({ inbox_seq }) => inbox_seq)).toEqual(range(min, head));
            expect(run.eventsOf(userId).map(({ inbox_seq }) => inbox_seq)).toEqual(range(1, head));
            const hinted = run.eventsOf(userId).slice(min - 1);
            expect(inbox.map(identity)).toEqual(hinted.map(identity));
            expect(outsideOfMembership(run.eventsOf(userId))).toEqual([]);
          }
          for (const [name, input, first] of run.sent) {
            const again = await im.ingest.execute(name, input);
            expect(again).toEqual({ ...first, dup: true, hints: [] });
          }
          expect(await im.store.verify()).toEqual([]);
        } finally {
          await im.remove();
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
