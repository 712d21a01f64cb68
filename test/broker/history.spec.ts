import { MemoryHistoryStore } from '../../lib/broker/history.js';
import { Message } from '../../lib/messaging/message.js';

const OPTIONS = { destination: '**', size: 100, ttl: 60_000 };
const message = (bytes = 0, headers: Record<string, string> = {}): Message =>
  Message.to('/topic/a', new Uint8Array(bytes), headers);

describe('A MemoryHistoryStore', () => {
  it('forgets the destination that has been used least recently, and says so to those who come back to it', () => {
    const store = new MemoryHistoryStore({ historyLimit: 2 });
    const a = store.append('a', message(), OPTIONS);
    const b = store.append('b', message(), OPTIONS);
    expect(store.since('a', a)).toEqual([]);
    const c = store.append('c', message(), OPTIONS);
    expect(store.since('b', b)).toBeUndefined();
    expect(store.since('a', a)).toEqual([]);
    expect(store.since('c', { ...c, offset: 0 })).toHaveLength(1);
    expect(store.append('b', message(), OPTIONS).epoch).not.toBe(b.epoch);
  });

  it('lets nobody believe that they have been there from the beginning of what was forgotten', () => {
    const store = new MemoryHistoryStore({ historyLimit: 1 });
    const beginning = store.position('a');
    store.append('a', message(), OPTIONS);
    store.append('b', message(), OPTIONS);
    expect(store.since('a', beginning)).toBeUndefined();
  });

  it('keeps no more bytes than it may, whichever destinations they are of', () => {
    const store = new MemoryHistoryStore({ historySizeLimit: 10_000 });
    for (let i = 0; i < 100; i++) store.append(`${i % 20}`, message(1_000), OPTIONS);
    expect(store.stats()).toEqual({ destinations: 6, messages: 6, bytes: 6_000 });
  });

  it('drops the oldest of the only destination, and goes on counting', () => {
    const store = new MemoryHistoryStore({ historySizeLimit: 10_000 });
    let last = store.position('a');
    for (let i = 0; i < 100; i++) last = store.append('a', message(1_000), OPTIONS);
    expect(last.offset).toBe(100);
    expect(store.since('a', { ...last, offset: 94 })).toHaveLength(6);
    expect(store.since('a', { ...last, offset: 93 })).toBeUndefined();
    store.append('a', message(10_000), OPTIONS);
    expect(store.stats()).toEqual({ destinations: 1, messages: 0, bytes: 0 });
    expect(store.since('a', last)).toBeUndefined();
  });

  it('counts headers and messages themselves, since they need no body to take memory', () => {
    const store = new MemoryHistoryStore({ historySizeLimit: 100_000 });
    for (let i = 0; i < 1_000; i++) store.append(`${i}`, message(), OPTIONS);
    expect(store.stats().messages).toBeLessThan(200);
    for (let i = 0; i < 20; i++) store.append(`${i}`, message(0, { long: 'x'.repeat(20_000) }), OPTIONS);
    expect(store.stats().messages).toBeLessThan(5);
  });

  it('counts nothing any more that has expired or was replaced', () => {
    const store = new MemoryHistoryStore({ historySizeLimit: 5_000 });
    for (let i = 0; i < 100; i++) store.append('a', message(1_000), { ...OPTIONS, size: 2 });
    for (let i = 0; i < 100; i++) store.append('b', message(1_000), { ...OPTIONS, ttl: -1 });
    expect(store.stats()).toEqual({ destinations: 2, messages: 3, bytes: 3_000 });
  });
});
