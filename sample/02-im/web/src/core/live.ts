import type { Connection } from './connection.js';
import { withEntry, withoutEntry, type Observable } from './observable.js';
import { isUnmade } from './rooms.js';
import type { ImState } from './state.js';

export type LiveEvent =
  | { readonly kind: 'typing'; readonly room_id: string; readonly user_id: string; readonly state: boolean }
  | {
      readonly kind: 'receipt';
      readonly room_id: string;
      readonly user_id: string;
      readonly read_seq?: number;
      readonly recv_seq?: number;
    }
  | {
      readonly kind: 'presence';
      readonly user_id: string;
      readonly online: boolean;
      readonly last_seen_at?: number | string | null;
    };

/** Who does not say that they type on has stopped. */
const TYPING_ENDS_MS = 6_000;
const TYPING_AGAIN_MS = 3_000;
const MOST_WATCHED = 500;

/** What is not stored: typing, presence, how far others have read. */
export class Live {
  private readonly typingEnds = new Map<string, ReturnType<typeof setTimeout>>();
  private typingIn: { readonly roomId: string; readonly since: number } | undefined;
  private watched = '';

  constructor(
    private readonly connection: Connection,
    private readonly state: Observable<ImState>,
  ) {}

  open(): void {
    this.watched = '';
    this.typingIn = undefined;
    this.connection.subscribe('/user/queue/im.live', (event: LiveEvent) => this.receive(event));
    this.watch();
  }

  stop(): void {
    for (const timer of this.typingEnds.values()) clearTimeout(timer);
    this.typingEnds.clear();
  }

  /** Whoever is in a direct room with the user, and in the open room. */
  watch(): void {
    const { rooms, members, openRoom, user } = this.state.get();
    // The server tells only of those in a room that is made.
    const peers = [...rooms.values()].flatMap(({ room_id, peer }) =>
      peer && !isUnmade(room_id) ? [peer.user_id] : [],
    );
    const present = openRoom ? (members.get(openRoom) ?? []).map(({ user_id }) => user_id) : [];
    const watch = [...new Set([...present, ...peers])].filter((id) => id !== user?.user_id).slice(0, MOST_WATCHED);
    const key = watch.toSorted().join('\n');
    if (key === this.watched || !this.connection.isOnline) return;
    this.watched = key;
    this.connection.notify('/app/im.presence', { watch });
  }

  /** The user types: said every three seconds. */
  type(roomId: string): void {
    const { typingIn } = this;
    if (typingIn?.roomId === roomId && Date.now() - typingIn.since < TYPING_AGAIN_MS) return;
    this.stopTyping(roomId);
    this.typingIn = { roomId, since: Date.now() };
    this.connection.notify('/app/im.typing', { room_id: roomId, state: true });
  }

  stopTyping(unlessIn?: string): void {
    if (!this.typingIn || this.typingIn.roomId === unlessIn) return;
    this.connection.notify('/app/im.typing', { room_id: this.typingIn.roomId, state: false });
    this.typingIn = undefined;
  }

  /** A message says as much as "does not type any more". */
  stopped(roomId: string, userId: string): void {
    const key = `${roomId}\n${userId}`;
    clearTimeout(this.typingEnds.get(key));
    if (!this.typingEnds.delete(key)) return;
    const { typing } = this.state.get();
    const others = (typing.get(roomId) ?? []).filter((id) => id !== userId);
    this.state.patch({ typing: others.length > 0 ? withEntry(typing, roomId, others) : withoutEntry(typing, roomId) });
  }

  private receive(event: LiveEvent): void {
    switch (event.kind) {
      case 'typing':
        return event.state ? this.started(event.room_id, event.user_id) : this.stopped(event.room_id, event.user_id);
      case 'presence': {
        const { online, last_seen_at } = event;
        return this.state.patch({
          presence: withEntry(this.state.get().presence, event.user_id, { online, last_seen_at }),
        });
      }
      case 'receipt': {
        const { members } = this.state.get();
        const known = members.get(event.room_id);
        if (!known) return;
        const { read_seq = 0, recv_seq = 0 } = event;
        const moved = known.map((member) =>
          member.user_id === event.user_id
            ? {
                ...member,
                read_seq: Math.max(member.read_seq, read_seq),
                recv_seq: Math.max(member.recv_seq, recv_seq),
              }
            : member,
        );
        return this.state.patch({ members: withEntry(members, event.room_id, moved) });
      }
    }
  }

  private started(roomId: string, userId: string): void {
    if (userId === this.state.get().user?.user_id) return;
    this.stopped(roomId, userId);
    const { typing } = this.state.get();
    this.typingEnds.set(
      `${roomId}\n${userId}`,
      setTimeout(() => this.stopped(roomId, userId), TYPING_ENDS_MS),
    );
    this.state.patch({ typing: withEntry(typing, roomId, [...(typing.get(roomId) ?? []), userId]) });
  }
}
