import { MessageType, type ImMessage, type InboxEvent, type UserInfo } from '../../../src/model/message.js';
import type { RoomSummary } from '../../../src/model/room.js';
import { Attachments } from './attachments.js';
import { Connection, type Headers } from './connection.js';
import { History } from './history.js';
import { Inbox } from './inbox.js';
import { LargeRooms } from './large-rooms.js';
import { Live } from './live.js';
import { MessageCommands } from './message-commands.js';
import { withEntry, type Observable } from './observable.js';
import { Outbox, type OutboxItem } from './outbox.js';
import type { Ports } from './ports.js';
import { ReadMarks } from './read-marks.js';
import { RoomCommands } from './room-commands.js';
import { RoomList } from './room-list.js';
import { directRoomId, isUnmade, unmadeRoom, withMessage, withRead } from './rooms.js';
import { sentMessage } from './sent-message.js';
import type { Session } from './session.js';
import type { ImState } from './state.js';

export interface SearchQuery {
  readonly q: string;
  readonly room_id?: string;
  readonly before?: string;
}

export interface SearchAnswer {
  readonly messages: readonly ImMessage[];
  readonly more: boolean;
}

/** A user on this device, signed in: what they can do, and the way of what comes. */
export class Account {
  readonly attachments: Attachments;
  readonly history: History;
  readonly messages: MessageCommands;
  readonly rooms: RoomCommands;
  private readonly connection: Connection;
  private readonly inbox: Inbox;
  private readonly large: LargeRooms;
  private readonly list: RoomList;
  private readonly live: Live;
  private readonly outbox: Outbox;
  private readonly reads: ReadMarks;

  constructor(
    ports: Ports,
    session: Session,
    private readonly me: UserInfo,
    private readonly state: Observable<ImState>,
  ) {
    this.attachments = new Attachments(ports, session);
    this.connection = new Connection(ports, session, {
      onState: (connection) => {
        this.state.patch({ connection });
        this.outbox.setOnline(connection.status === 'online');
      },
      onOnline: () => this.online(),
    });
    this.history = new History(this.connection, state);
    this.live = new Live(this.connection, state);
    this.list = new RoomList(this.connection, state, {
      onRefreshed: (room) => this.refreshed(room),
      onForget: (roomId) => {
        if (this.state.get().openRoom === roomId) this.openRoom(undefined);
      },
    });
    this.large = new LargeRooms(this.connection, state, this.list, this.history, (message) => this.receive(message));
    this.reads = new ReadMarks(this.connection, this.list);
    this.inbox = new Inbox(this.connection, ports.settings, me.user_id, {
      onEvent: (event) => this.apply(event),
      onReset: () => this.state.patch({ timelines: new Map() }),
    });
    this.outbox = new Outbox(ports.outbox, me.user_id, {
      onChange: (outbox) => this.state.patch({ outbox }),
      onSent: (item, receipt) => this.sent(item, receipt),
      send: (item) => this.connection.write(item.destination, { client_msg_id: item.client_msg_id, ...item.body }),
      upload: (item, onProgress, signal) => this.attachments.upload(item, onProgress, signal),
    });
    this.rooms = new RoomCommands(this.connection, this.inbox, this.list, (roomId) => this.openRoom(roomId));
    this.messages = new MessageCommands(this.connection, this.outbox, this.list, this.history, this.live);
  }

  start(): void {
    this.outbox.load().catch(() => undefined);
    this.connection.start();
    this.large.start();
  }

  stop(): void {
    this.large.stop();
    this.reads.stop();
    this.outbox.stop();
    this.inbox.close();
    this.history.stop();
    this.live.stop();
    this.connection.stop();
  }

  reconnectNow(): void {
    this.connection.retryNow();
  }

  openRoom(roomId: string | undefined): void {
    if (this.state.get().openRoom === roomId) return;
    this.live.stopTyping();
    this.state.patch({ openRoom: roomId });
    this.enterOpenRoom();
  }

  /** Returns the room's id; a room that is not there yet begins with its first message. */
  openDirect(peer: UserInfo): string {
    const { rooms } = this.state.get();
    const known = [...rooms.values()].find((room) => room.kind === 'dm' && room.peer?.user_id === peer.user_id);
    const roomId = known?.room_id ?? directRoomId(peer.user_id);
    if (!known) this.list.keep(unmadeRoom(peer));
    this.openRoom(roomId);
    return roomId;
  }

  typing(roomId: string): void {
    if (!isUnmade(roomId)) this.live.type(roomId);
  }

  /** Seen by the user, up to `seq`. */
  markRead(roomId: string, seq: number): void {
    this.reads.mark(roomId, seq);
  }

  search(query: SearchQuery): Promise<SearchAnswer> {
    return this.connection.request('/app/im.search', { limit: 30, ...query });
  }

  private online(): void {
    this.large.reset();
    this.live.open();
    this.inbox.open();
    this.catchUp().catch(() => undefined);
  }

  private async catchUp(): Promise<void> {
    await this.list.load();
    this.live.watch();
    this.enterOpenRoom();
    this.reads.tell();
    await this.large.sync();
  }

  private enterOpenRoom(): void {
    this.large.listen();
    const roomId = this.state.get().openRoom;
    if (!roomId || (!this.connection.isOnline && !isUnmade(roomId))) return;
    // Not answered: the next connection begins with this again.
    this.history.open(roomId).catch(() => undefined);
    this.list.refreshSoon(roomId);
  }

  private apply(event: InboxEvent): void {
    switch (event.kind) {
      case 'message':
        return this.receive(event);
      case 'read': {
        const room = this.list.get(event.room_id);
        return room && this.list.keep(withRead(room, event.read_seq, event.unread));
      }
      case 'hide':
        this.history.hide(event.room_id, event.lo, event.hi);
        return this.list.refreshSoon(event.room_id);
      case 'room':
        return event.change === 'left' ? this.list.forget(event.room_id) : this.list.refreshSoon(event.room_id);
    }
  }

  private receive(message: ImMessage): void {
    const { members, loaded } = this.state.get();
    const room = this.list.get(message.room_id);
    if (!room) return loaded ? this.list.refreshSoon(message.room_id) : undefined;
    this.history.receive(message);
    this.list.keep(withMessage(room, message, this.me.user_id));
    const sender = message.from_user_info.user_id;
    this.live.stopped(room.room_id, sender);
    if (message.message_type === MessageType.Member) return this.list.refreshSoon(room.room_id);
    if (message.message_type === MessageType.Mode) this.large.listen();
    // Who writes has read what was there.
    const moved = members
      .get(room.room_id)
      ?.map((member) =>
        member.user_id === sender ? { ...member, read_seq: Math.max(member.read_seq, message.seq) } : member,
      );
    if (moved) this.state.patch({ members: withEntry(members, room.room_id, moved) });
  }

  /** No event tells this device of what it has sent itself. */
  private sent(item: OutboxItem, receipt: Headers): void {
    const roomId = receipt['room-id'] ?? item.room_id;
    this.inbox.skip(Number(receipt['inbox-seq']));
    const room = this.list.get(roomId);
    if (!room) return this.list.refreshSoon(roomId);
    const timestamp = Math.max(Date.now(), room.last_message?.timestamp ?? 0);
    this.receive(sentMessage(item, receipt, this.me, timestamp));
  }

  private refreshed(room: RoomSummary): void {
    const { room_id: roomId } = room;
    this.replaceUnmade(room);
    this.live.watch();
    if (this.state.get().openRoom !== roomId) return this.history.repairSoon(roomId);
    this.large.listen();
    // Of a room that was joined while it was open, there is nothing yet.
    this.history.open(roomId).catch(() => undefined);
  }

  /** The direct room is made now, by whoever of the two wrote first. */
  private replaceUnmade(room: RoomSummary): void {
    const unmade = room.peer && directRoomId(room.peer.user_id);
    if (!unmade || !this.list.get(unmade)) return;
    this.outbox.moveRoom(unmade, room.room_id);
    if (this.state.get().openRoom === unmade) this.openRoom(room.room_id);
    this.list.forget(unmade);
  }
}
