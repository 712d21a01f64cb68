import type { ImMessage } from '../../../src/model/message.js';
import type { Connection } from './connection.js';
import { withEntry, type Observable } from './observable.js';
import { isUnmade } from './rooms.js';
import type { ImState } from './state.js';
import { append, applyControl, EMPTY_TIMELINE, hide, mergeNewer, mergeOlder, type Timeline } from './timeline.js';

interface HistoryQuery {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

const PAGE = 50;
const LONGEST_PAGE = 200;
/** What is missing is mostly on its way. */
const REPAIR_AFTER_MS = 700;

/** Fills timelines: by scrolling, by what comes, and where something is missing. */
export class History {
  /** Rooms whose newest messages are asked for, and what came meanwhile. */
  private readonly loading = new Map<string, ImMessage[]>();
  private readonly busy = new Set<string>();
  private readonly repairs = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly connection: Connection,
    private readonly state: Observable<ImState>,
  ) {}

  async open(roomId: string): Promise<void> {
    if (this.timeline(roomId)) return this.repairSoon(roomId);
    await this.latest(roomId);
  }

  async latest(roomId: string): Promise<void> {
    if (isUnmade(roomId)) return this.keep(roomId, EMPTY_TIMELINE);
    if (this.loading.has(roomId)) return;
    const cameMeanwhile: ImMessage[] = [];
    this.loading.set(roomId, cameMeanwhile);
    try {
      const known = this.lastSeq(roomId);
      const messages = await this.ask(roomId, { limit: PAGE });
      const last = Math.max(known, messages.at(-1)?.seq ?? 0);
      const atStart = messages.length < PAGE;
      const first = atStart ? 1 : messages[0].seq;
      const loaded = { messages, first, last, atStart, atEnd: true, early: [] };
      this.keep(roomId, cameMeanwhile.reduce(append, loaded));
      this.repairSoon(roomId);
    } finally {
      this.loading.delete(roomId);
    }
  }

  /** The messages about one far above, instead of those shown. */
  async around(roomId: string, seq: number): Promise<void> {
    const timeline = this.timeline(roomId);
    if (timeline?.messages.some((message) => message.seq === seq)) return;
    const [older, newer] = await Promise.all([
      this.ask(roomId, { before: seq + 1, limit: PAGE }),
      this.ask(roomId, { after: seq, limit: PAGE }),
    ]);
    const messages = [...older, ...newer];
    if (messages.length === 0) return;
    const atEnd = newer.length < PAGE;
    const last = Math.max(messages.at(-1)!.seq, atEnd ? this.lastSeq(roomId) : 0);
    this.keep(roomId, { messages, first: messages[0].seq, last, atStart: older.length < PAGE, atEnd, early: [] });
  }

  /** Beside the timeline: what something in it refers to. */
  async one(roomId: string, seq: number): Promise<ImMessage | undefined> {
    if (isUnmade(roomId)) return undefined;
    const [message] = await this.ask(roomId, { before: seq + 1, limit: 1 });
    return message?.seq === seq ? message : undefined;
  }

  async older(roomId: string): Promise<void> {
    const before = this.timeline(roomId);
    if (!before || before.atStart) return;
    await this.once(`older ${roomId}`, async () => {
      const messages = await this.ask(roomId, { before: before.first, limit: PAGE });
      const atStart = messages.length < PAGE;
      this.change(roomId, (timeline) => mergeOlder(timeline, messages, atStart ? 1 : messages[0].seq, atStart));
    });
  }

  async newer(roomId: string, limit = PAGE): Promise<void> {
    const after = this.timeline(roomId)?.last;
    if (after === undefined) return;
    await this.once(`newer ${roomId}`, async () => {
      const known = this.lastSeq(roomId);
      const messages = await this.ask(roomId, { after, limit });
      const atEnd = messages.length < limit;
      const last = Math.max(messages.at(-1)?.seq ?? 0, atEnd ? known : 0);
      this.change(roomId, (timeline) => mergeNewer(timeline, messages, last, atEnd));
    });
  }

  receive(message: ImMessage): void {
    this.loading.get(message.room_id)?.push(message);
    this.change(message.room_id, (timeline) =>
      timeline.atEnd ? append(timeline, message) : applyControl(timeline, message),
    );
    if ((this.timeline(message.room_id)?.early.length ?? 0) > 0) this.repairSoon(message.room_id);
  }

  hide(roomId: string, lo: number, hi: number): void {
    this.change(roomId, (timeline) => hide(timeline, lo, hi));
  }

  /** Asks for what has not come by itself. */
  repairSoon(roomId: string): void {
    if (this.repairs.has(roomId)) return;
    const repair = async () => {
      this.repairs.delete(roomId);
      const timeline = this.timeline(roomId);
      const missing = timeline?.atEnd ? this.lastSeq(roomId) - timeline.last : 0;
      if (missing > LONGEST_PAGE) return this.latest(roomId);
      if (missing > 0) return this.newer(roomId, LONGEST_PAGE);
    };
    const timer = setTimeout(() => {
      // Not answered: the next connection begins with this again.
      repair().catch(() => undefined);
    }, REPAIR_AFTER_MS);
    this.repairs.set(roomId, timer);
  }

  stop(): void {
    for (const timer of this.repairs.values()) clearTimeout(timer);
    this.repairs.clear();
  }

  private async ask(roomId: string, query: HistoryQuery): Promise<readonly ImMessage[]> {
    const body = { room_id: roomId, ...query };
    return (await this.connection.request<{ messages: ImMessage[] }>('/app/im.history', body)).messages;
  }

  private async once(key: string, task: () => Promise<void>): Promise<void> {
    if (this.busy.has(key)) return;
    this.busy.add(key);
    await task().finally(() => this.busy.delete(key));
  }

  private timeline(roomId: string): Timeline | undefined {
    return this.state.get().timelines.get(roomId);
  }

  private lastSeq(roomId: string): number {
    return this.state.get().rooms.get(roomId)?.last_seq ?? 0;
  }

  private keep(roomId: string, timeline: Timeline): void {
    this.state.patch({ timelines: withEntry(this.state.get().timelines, roomId, timeline) });
  }

  private change(roomId: string, change: (timeline: Timeline) => Timeline): void {
    const timeline = this.timeline(roomId);
    if (timeline) this.keep(roomId, change(timeline));
  }
}
