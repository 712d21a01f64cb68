import { InboxCursor } from '../../src/inbox/inbox-cursor.js';
import type { InboxEvent } from '../../src/model/message.js';

/** The inbox of alice as the store has it, and a cursor of one of her sessions. */
class Inbox {
  readonly events: InboxEvent[] = [];
  readonly cursor = new InboxCursor('alice', {
    inbox: async (_userId, since, limit) => this.events.slice(since, since + limit),
  });
  readonly #delivered = this.cursor.events();

  commit(from: string, clientMsgId: string): InboxEvent {
    const inbox_seq = this.events.length + 1;
    const message = { kind: 'message', inbox_seq, client_msg_id: clientMsgId, from_user_info: { user_id: from } };
    const event = message as unknown as InboxEvent;
    this.events.push(event);
    return event;
  }

  async next(): Promise<InboxEvent | undefined> {
    return (await this.#delivered.next()).value as InboxEvent | undefined;
  }
}

describe('The cursor of a session', () => {
  it('leaves out what the session has sent, though the store shows it before the sending session has its answer', async () => {
    // Cause: a sweep told of the head, the cursor read the store, and the answer of the writer's thread came later.
    const inbox = new Inbox();
    inbox.cursor.start(0, 0);
    const { promise, resolve } = withResolvers<void>();
    inbox.cursor.sending('c1', promise);
    inbox.commit('alice', 'c1');
    const event = inbox.commit('bob', 'c1');
    inbox.cursor.hint(2);
    const next = inbox.next();
    await new Promise(setImmediate);
    inbox.cursor.skip(1);
    resolve();
    expect(await next).toBe(event);
  });

  it('delivers what the session has sent when the answer was an error, and it is stored after all', async () => {
    const inbox = new Inbox();
    inbox.cursor.start(0, 0);
    const { promise, reject } = withResolvers<void>();
    inbox.cursor.sending('c1', promise);
    const event = inbox.commit('alice', 'c1');
    inbox.cursor.hint(1);
    const next = inbox.next();
    reject(new Error('The thread of the message store is gone'));
    expect(await next).toBe(event);
  });

  it('delivers what other sessions of the user have sent', async () => {
    const inbox = new Inbox();
    inbox.cursor.start(0, 0);
    const event = inbox.commit('alice', 'c1');
    inbox.cursor.hint(1, event);
    expect(await inbox.next()).toBe(event);
  });

  it('remembers a bounded number of what to leave out, while the session does not take its inbox', async () => {
    const inbox = new Inbox();
    inbox.cursor.start(0, 0);
    for (let index = 0; index < 10_001; index++) inbox.cursor.skip(inbox.commit('alice', `c${index}`).inbox_seq);
    inbox.cursor.hint(10_001);
    expect(await inbox.next()).toMatchObject({ inbox_seq: 10_001 });
  });
});

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
