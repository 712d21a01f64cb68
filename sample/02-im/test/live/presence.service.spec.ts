import type { SimpUserRegistry, StompSession } from 'nestjs-stomp';
import { optionsFromEnvironment } from '../../src/im-options.js';
import type { LiveService } from '../../src/live/live.service.js';
import { PresenceService } from '../../src/live/presence.service.js';
import { LocalNotifyBus } from '../../src/ports/notify-bus.js';
import { LocalPresenceStore } from '../../src/ports/presence-store.js';
import type { TimelineStore } from '../../src/ports/timeline-store.js';

describe('Presence', () => {
  let told: string[];
  let peersOf: (userId: string, among: readonly string[]) => Promise<string[]>;
  let bus: LocalNotifyBus;
  let presence: PresenceService;

  beforeEach(() => {
    told = [];
    peersOf = async (_userId, among) => [...among];
    const live = {
      tell: async (userId: string, { user_id }: { user_id: string }) => void told.push(`${userId} of ${user_id}`),
    } as unknown as LiveService;
    const users = {
      getSessionCount: () => 0,
      getUser: () => ({ sessions: [{ id: 's1' }] }),
    } as unknown as SimpUserRegistry;
    const timelines = {
      peers: (userId: string, among: readonly string[]) => peersOf(userId, among),
    } as Partial<TimelineStore> as TimelineStore;
    bus = new LocalNotifyBus();
    const options = optionsFromEnvironment({});
    presence = new PresenceService(new LocalPresenceStore(), live, users, options, timelines, bus);
    presence.onModuleInit();
  });

  afterEach(() => presence.onModuleDestroy());

  const session = (isOver = false) => ({ id: 's1', user: { name: 'alice' }, isOver }) as StompSession;
  const connected = (name: string) => presence.connected({ user: { name } } as never);
  const leaves = async (userId: string) => {
    bus.publish([{ removed: { userId, roomId: 'r' } }]);
    await new Promise(setImmediate);
  };

  it('is not watched for ever by a session that ended while its frame was on the way', async () => {
    presence.disconnected({ sessionId: 's1' } as never);
    await presence.watch(session(true), ['bob']);
    connected('bob');
    expect(told).toEqual([]);
    await presence.watch(session(), ['bob']);
    expect(told).toEqual(['alice of bob']);
  });

  it('is not watched for ever by a session that ended while it was looked up whom it may watch', async () => {
    peersOf = async (_userId, among) => {
      presence.disconnected({ sessionId: 's1' } as never);
      return [...among];
    };
    await presence.watch(session(), ['bob']);
    connected('bob');
    expect(told).toEqual([]);
  });

  it('is not told of somebody who left the last common room while it was looked up who may be watched', async () => {
    const answers = [['bob', 'carol'], ['carol']];
    peersOf = async () => {
      const answer = answers.shift()!;
      if (answers.length > 0) await leaves('bob');
      return answer;
    };
    await presence.watch(session(), ['bob', 'carol']);
    expect(told).toEqual(['alice of carol']);
    expect(answers).toEqual([]);
  });

  it.each(['alice', 'bob'])('is not told any more when %s has left the last common room', async (userId) => {
    await presence.watch(session(), ['bob', 'carol']);
    peersOf = async (_userId, among) => among.filter((other) => other === 'carol');
    await leaves(userId);
    told.length = 0;
    connected('bob');
    connected('carol');
    expect(told).toEqual(['alice of carol']);
  });

  it('is told of nobody whom the store cannot answer for', async () => {
    await presence.watch(session(), ['bob']);
    peersOf = () => Promise.reject(new Error('no disk'));
    await leaves('bob');
    told.length = 0;
    connected('bob');
    expect(told).toEqual([]);
  });
});
