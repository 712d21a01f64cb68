import { RecordKind } from '../../lib/cluster/batch.js';
import type { ClusterBus } from '../../lib/cluster/cluster-bus.js';
import { ClusterPublisher } from '../../lib/cluster/cluster-publisher.js';
import { BrokerUnavailableException } from '../../lib/exceptions/messaging.exception.js';
import { deferred, type Deferred } from '../utils/deferred.js';

const ID = '00112233445566778899aabbccddeeff';
const OTHER = 'ffeeddccbbaa99887766554433221100';

describe('ClusterPublisher', () => {
  let batches: Deferred[];
  let lost: number;
  let publisher: ClusterPublisher;

  const start = (bus: Partial<ClusterBus> = {}, limit = 1_000_000): void => {
    batches = [];
    lost = 0;
    const publish = (): Promise<void> => {
      const batch = deferred();
      batches.push(batch);
      return batch.promise;
    };
    publisher = new ClusterPublisher(
      ID,
      { start: () => {}, stop: () => {}, publish, ...bus },
      limit,
      (_, messages) => (lost += messages),
    );
    publisher.setAvailable(true);
  };
  const message = (text = 'x'): void => publisher.write(RecordKind.Topic, (writer) => writer.text(text));
  const beat = (target?: string): void => publisher.write(RecordKind.Beat, () => {}, target);
  const turn = (): Promise<void> => new Promise(setImmediate);
  /** Whether it has settled yet. */
  const isSettled = async (promise: unknown): Promise<boolean> => {
    let settled = false;
    const done = (): void => void (settled = true);
    void Promise.resolve(promise).then(done, done);
    await turn();
    return settled;
  };

  beforeEach(() => start());

  it('joins what is written in one turn, in its order', async () => {
    const published: Uint8Array[] = [];
    start({ publish: (bytes) => void published.push(bytes) });
    for (const text of ['a', 'b', 'c']) message(text);
    expect(published).toEqual([]);
    await turn();
    expect(published).toHaveLength(1);
    expect(Buffer.from(published[0]!).toString('latin1')).toMatch(/a.*b.*c/s);
  });

  it('settles when the bus has taken all that has been written since the mark, and not before', async () => {
    const { mark } = publisher;
    expect(publisher.taken(mark)).toBeUndefined();
    message();
    const taken = publisher.taken(mark);
    await turn();
    message();
    await turn();
    expect(await isSettled(taken)).toBe(false);
    batches[0]!.resolve();
    expect(await isSettled(taken)).toBe(true);
    await taken;
  });

  it('is not misled by batches that are taken in another order', async () => {
    const { mark } = publisher;
    message();
    await turn();
    message();
    await turn();
    const taken = publisher.taken(mark);
    batches[1]!.resolve();
    expect(await isSettled(taken)).toBe(false);
    batches[0]!.resolve();
    expect(await isSettled(taken)).toBe(true);
  });

  it('does not take a batch for one server, which is still under way, for the message behind it', async () => {
    message();
    await turn();
    const { mark } = publisher;
    beat(OTHER);
    message();
    const taken = publisher.taken(mark);
    await turn();
    expect(batches).toHaveLength(3);
    batches[0]!.resolve();
    expect(await isSettled(taken)).toBe(false);
    batches[1]!.resolve();
    expect(await isSettled(taken)).toBe(false);
    batches[2]!.reject(new Error('cut'));
    await expect(taken).rejects.toThrow(BrokerUnavailableException);
  });

  it('gives no certainty to what went while somebody could not hear it, though they can when it is taken', async () => {
    const { mark } = publisher;
    publisher.setCertain(false);
    message();
    const taken = publisher.taken(mark);
    await turn();
    publisher.setCertain(true);
    batches[0]!.resolve();
    await expect(taken).rejects.toThrow(BrokerUnavailableException);
    expect(lost).toBe(0);
  });

  it('waits for no beat', async () => {
    const { mark } = publisher;
    beat();
    await turn();
    expect(publisher.taken(mark)).toBeUndefined();
  });

  it('tells those who wait for a message that is lost, and nobody who has come later', async () => {
    const first = publisher.mark;
    message();
    const taken = publisher.taken(first);
    await turn();
    const second = publisher.mark;
    message();
    const later = publisher.taken(second);
    await turn();
    batches[0]!.reject(new Error('cut'));
    batches[1]!.resolve();
    await expect(taken).rejects.toThrow('may not have reached');
    await later;
    expect(lost).toBe(1);
    expect(publisher.counts).toMatchObject({ messages: 1, lost: 1, batches: 1 });
  });

  it('loses what the bus cannot take: when it is away, and when a message is too large', async () => {
    start({ maxMessageSize: 200 });
    let { mark } = publisher;
    message('x'.repeat(1_000));
    await expect(publisher.taken(mark)).rejects.toThrow(BrokerUnavailableException);
    mark = publisher.mark;
    message();
    publisher.setAvailable(false);
    expect(() => publisher.taken(mark)).toThrow(BrokerUnavailableException);
    mark = publisher.mark;
    message();
    expect(() => publisher.taken(mark)).toThrow(BrokerUnavailableException);
    expect(lost).toBe(3);
    expect(batches).toEqual([]);
  });

  it('has no more than a few batches under way, and joins what comes then', async () => {
    for (let i = 0; i < 100; i++) {
      message();
      await turn();
    }
    expect(batches).toHaveLength(16);
    batches[0]!.resolve();
    await turn();
    await turn();
    expect(batches).toHaveLength(17);
    for (const batch of batches) batch.resolve();
    await publisher.finish();
    expect(publisher.counts).toMatchObject({ messages: 100, batches: 17 });
    expect(publisher.unconfirmedBytes).toBe(0);
  });
});
