import { join } from 'node:path';
import type { SendCommand, SentMessage } from '../../src/ports/ingest-queue.js';
import { ChildStore, CompiledStore } from './child-store.js';
import { actor } from './temporary-store.js';

let compiled: CompiledStore;
let child: ChildStore;

beforeEach(async () => {
  compiled = await CompiledStore.compile();
  child = await compiled.start();
  for (const userId of ['alice', 'bob', 'carol']) {
    await child.execute('user.create', { userId, name: userId, passwordHash: '-' });
  }
});

afterEach(async () => {
  await child.kill();
  await compiled.remove();
});

const text = (from: string, toUserId: string, clientMsgId: string): SendCommand => ({
  actor: actor(from),
  clientMsgId,
  toUserId,
  type: 'unicast',
  messageType: 1,
  content: { text: `北京 ${clientMsgId}` },
});

describe('A process that is killed', () => {
  it.each([
    ['before-commit', false],
    ['after-commit', true],
  ] as const)('%s has acknowledged nothing; whether it was stored, sending it again tells', async (failPoint, dup) => {
    await child.close();
    child = await compiled.start(failPoint);
    await expect(child.execute('message.send', text('alice', 'bob', 'c1'))).rejects.toThrow('The process is gone');
    expect(await child.signal()).toBe('SIGKILL');
    child = await compiled.start();
    expect(await child.read('heads', ['bob'])).toEqual(new Map([['bob', dup ? 1 : 0]]));
    expect(await child.execute('message.send', text('alice', 'bob', 'c1'))).toMatchObject({ seq: 1, dup });
    expect(await child.read('inbox', 'bob', 0, 10)).toMatchObject([{ seq: 1, client_msg_id: 'c1' }]);
    expect(await child.read('verify')).toEqual([]);
  });

  it('again and again, in the midst of commits, loses nothing that was acknowledged, and stores nothing twice', async () => {
    const total = 1_500;
    const pairs = [
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'alice'],
      ['bob', 'alice'],
    ] as const;
    const commands = Array.from({ length: total }, (_, index) => {
      const [from, to] = pairs[index % pairs.length]!;
      return text(from, to, `c${index}`);
    });
    const acknowledged = new Map<string, SentMessage>();

    /** Sends what has not been acknowledged, 64 at a time, until all is or the process is killed. */
    const sendAll = async (killAfter: number) => {
      const queue = commands.filter(({ clientMsgId }) => !acknowledged.has(clientMsgId));
      let left = killAfter;
      const send = async () => {
        for (let command = queue.shift(); command; command = queue.shift()) {
          acknowledged.set(command.clientMsgId, await child.execute('message.send', command));
          if (--left === 0) await child.kill();
        }
      };
      await Promise.allSettled(Array.from({ length: 64 }, send));
    };

    for (const killAfter of [1, 77, 200, 130, 311, 50]) {
      await sendAll(killAfter);
      await child.kill();
      child = await compiled.start();
    }
    await sendAll(Number.POSITIVE_INFINITY);

    expect(acknowledged.size).toBe(total);
    expect(await child.read('verify')).toEqual([]);
    const places = new Set([...acknowledged.values()].map(({ roomId, seq }) => `${roomId}:${seq}`));
    expect(places.size).toBe(total);
    const { rooms } = await child.read('rooms', 'bob');
    const others = (await child.read('rooms', 'carol')).rooms.filter(({ peer }) => peer?.user_id === 'alice');
    expect([...rooms, ...others].reduce((sum, { last_seq }) => sum + last_seq, 0)).toBe(total);
    for (const command of commands) {
      const { hints: _hints, dup: _dup, ...first } = acknowledged.get(command.clientMsgId)!;
      expect(await child.execute('message.send', command)).toEqual({ ...first, dup: true, hints: [] });
    }
  }, 30_000);
});

describe('The threads of the store', () => {
  it('answer as the classes behind them do', async () => {
    const { roomId } = await child.execute('message.send', text('alice', 'bob', 'c1'));
    expect(await child.read('search', { userId: 'bob', q: '北京', limit: 10 })).toMatchObject({
      messages: [{ room_id: roomId }],
    });
    await expect(child.read('history', 'carol', roomId, { limit: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(child.execute('message.send', text('alice', 'nobody', 'c2'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await child.read('backup', join(compiled.folder, 'backup.db'));
    await child.close();
    child = await compiled.start();
    expect(await child.read('verify')).toEqual([]);
  });
});
