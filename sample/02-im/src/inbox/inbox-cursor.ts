import type { InboxEvent } from '../model/message.js';
import type { TimelineStore } from '../ports/timeline-store.js';

/** How many events that came while the client could take them are kept: they need not be read. */
const LIVE_LIMIT = 256;
const PAGE = 200;
/** What a session sends without taking its inbox is kept up to here; of the rest it gets second copies, and drops them by their `inbox_seq`. */
const SKIPPED_LIMIT = 10_000;

/**
 * Where one session is in its user's inbox. It holds a position and a few of the newest events, however much the client has yet to get:
 * the store holds the rest.
 */
export class InboxCursor {
  /** Unknown until it starts. */
  #next = Infinity;
  #head = 0;
  /** Without a gap, and the first of them not after `#next`. */
  #live: InboxEvent[] = [];
  readonly #skipped = new Set<number>();
  /** What the session sends at present, by `client_msg_id`: each settles when it is known whether and where it was stored. */
  readonly #answers = new Map<string, Promise<unknown>>();
  #wake: (() => void) | undefined;
  #isOver = false;
  #acknowledged = 0;
  #lastSign = Date.now();

  constructor(
    readonly userId: string,
    private readonly store: Pick<TimelineStore, 'inbox'>,
  ) {}

  /** From the event after `since` on. What has been told before that is not lost. */
  start(since: number, head: number): void {
    this.#next = since + 1;
    this.#acknowledged = since;
    this.#head = Math.max(this.#head, head);
  }

  /** The newest that it has been told of. */
  get head(): number {
    return this.#head;
  }

  /** The last event that the client has, by what it has acknowledged, or has said when it came. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** When the client has acknowledged something, or come: milliseconds since 1970. */
  get lastSign(): number {
    return this.#lastSign;
  }

  acknowledge(inboxSeq: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, inboxSeq);
    this.#lastSign = Date.now();
  }

  /** There is something new. It may be told twice, or out of turn; if it is not told, `head` tells later. */
  hint(inboxSeq: number, event?: InboxEvent): void {
    this.#head = Math.max(this.#head, inboxSeq);
    const expected = this.#live.at(-1)?.inbox_seq ?? this.#next - 1;
    if (event && inboxSeq === expected + 1 && this.#live.length < LIVE_LIMIT) this.#live.push(event);
    this.#wake?.();
  }

  /** The session knows this one already, by a RECEIPT. */
  skip(inboxSeq: number): void {
    if (inboxSeq >= this.#next && this.#skipped.size < SKIPPED_LIMIT) this.#skipped.add(inboxSeq);
  }

  /** The session sends a message. The store may show it before `answer` tells what to skip: then the cursor waits. */
  sending(clientMsgId: string, answer: Promise<unknown>): void {
    this.#answers.set(clientMsgId, answer);
    const settled = () => {
      if (this.#answers.get(clientMsgId) === answer) this.#answers.delete(clientMsgId);
    };
    answer.then(settled, settled);
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /**
   * One after the other, without a gap, for as long as the session wants more; `undefined` where there is a gap after all, because what
   * the session has not got yet was trimmed: then it goes on with what comes next.
   */
  async *events(): AsyncGenerator<InboxEvent | undefined> {
    while (!this.#isOver) {
      if (this.#live.length > 0) {
        yield* this.#deliver(this.#live.splice(0));
      } else if (this.#next > this.#head) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      } else {
        const events = await this.store.inbox(this.userId, this.#next - 1, PAGE);
        if (events[0]?.inbox_seq === this.#next) yield* this.#deliver(events);
        else yield this.#leap();
      }
    }
  }

  async *#deliver(events: readonly InboxEvent[]): AsyncGenerator<InboxEvent> {
    for (const event of events) {
      // Read from the store while it came live, too.
      if (event.inbox_seq < this.#next) continue;
      const answer = this.#answerTo(event);
      if (answer) await answer.catch(() => undefined);
      this.#next++;
      if (!this.#skipped.delete(event.inbox_seq)) yield event;
    }
  }

  #answerTo(event: InboxEvent): Promise<unknown> | undefined {
    const isOwn = event.kind === 'message' && event.from_user_info.user_id === this.userId;
    return isOwn ? this.#answers.get(event.client_msg_id) : undefined;
  }

  #leap(): undefined {
    this.#next = this.#head + 1;
    this.#live = [];
    this.#skipped.clear();
  }
}
