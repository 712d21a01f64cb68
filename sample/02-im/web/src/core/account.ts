import type { StompSubscription } from '@stomp/stompjs';
import { MessageType, type ImMessage, type InboxEvent, type UserInfo } from '../../../src/model/message.js';
import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';
import { Attachments } from './attachments.js';
import { Connection, type Headers } from './connection.js';
import { Refusal } from './failures.js';
import { History } from './history.js';
import { newIdentifier } from './identifier.js';
import { Inbox } from './inbox.js';
import { Live } from './live.js';
import { withEntry, withoutEntry, type Observable } from './observable.js';
import { Outbox, type OutboxDestination, type OutboxFile, type OutboxItem } from './outbox.js';
import type { Ports } from './ports.js';
import { directRoomId, isUnmade, mergeSummary, withMessage, withRead } from './rooms.js';
import type { Session } from './session.js';
import type { ImState } from './state.js';

export interface Draft {
  readonly text: string;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
}

export interface SearchQuery {
  readonly q: string;
  readonly room_id?: string;
  readonly before?: string;
}

export interface SearchAnswer {
  readonly messages: readonly ImMessage[];
  readonly more: boolean;
}

interface SyncAnswer {
  readonly rooms: readonly { readonly room_id: string; readonly messages: ImMessage[]; readonly has_more: boolean }[];
}

const READ_DELAY_MS = 200;
const SYNC_EVERY_MS = 30_000;

const CONTROL_TYPES: Partial<Record<OutboxDestination, MessageType>> = {
  '/app/im.edit': MessageType.Edit,
  '/app/im.recall': MessageType.Recall,
  '/app/im.react': MessageType.Reaction,
  '/app/im.pin': MessageType.Pin,
};

/** A user on this device, signed in: everything that they see, and everything that they can do. */
export class Account {
  readonly attachments: Attachments;
  private readonly connection: Connection;
  private readonly history: History;
  private readonly inbox: Inbox;
  private readonly live: Live;
  private readonly outbox: Outbox;
  private readonly readsToTell = new Map<string, number>();
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private syncTimer: ReturnType<typeof setInterval> | undefined;
  private topic: { readonly roomId: string; readonly subscription: StompSubscription } | undefined;

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
    this.inbox = new Inbox(this.connection, ports.settings, me.user_id, {
      onEvent: (event) => this.apply(event),
      onReset: () => this.reset(),
    });
    this.outbox = new Outbox(ports.outbox, me.user_id, {
      onChange: (outbox) => this.state.patch({ outbox }),
      onSent: (item, receipt) => this.sent(item, receipt),
      send: (item) => this.connection.write(item.destination, { client_msg_id: item.client_msg_id, ...item.body }),
      upload: (item, onProgress, signal) => this.attachments.upload(item, onProgress, signal),
    });
  }

  start(): void {
    this.outbox.load().catch(() => undefined);
    this.connection.start();
    this.syncTimer = setInterval(() => void this.sync().catch(() => undefined), SYNC_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.syncTimer);
    clearTimeout(this.readTimer);
    this.outbox.stop();
    this.inbox.close();
    this.history.stop();
    this.live.stop();
    this.connection.stop();
  }

  reconnectNow(): void {
    this.connection.retryNow();
  }

  // Rooms

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
    if (!known) this.keepRoom(unmadeRoom(roomId, peer));
    this.openRoom(roomId);
    return roomId;
  }

  async createRoom(kind: 'group' | 'channel', title: string, memberIds: readonly string[]): Promise<string> {
    const receipt = await this.roomCommand('create', { kind, title, member_ids: memberIds });
    const roomId = receipt['room-id'];
    await this.refreshRoom(roomId);
    this.openRoom(roomId);
    return roomId;
  }

  async invite(roomId: string, userIds: readonly string[]): Promise<void> {
    await this.roomCommand('invite', { room_id: roomId, user_ids: userIds });
    await this.refreshRoom(roomId);
  }

  async kick(roomId: string, userId: string): Promise<void> {
    await this.roomCommand('kick', { room_id: roomId, user_id: userId });
    await this.refreshRoom(roomId);
  }

  async rename(roomId: string, title: string): Promise<void> {
    await this.roomCommand('update', { room_id: roomId, title });
    await this.refreshRoom(roomId);
  }

  async setRole(roomId: string, userId: string, role: Role): Promise<void> {
    await this.roomCommand('update', { room_id: roomId, member: { user_id: userId, role } });
    await this.refreshRoom(roomId);
  }

  async leave(roomId: string): Promise<void> {
    await this.roomCommand('leave', { room_id: roomId });
    this.forgetRoom(roomId);
  }

  /** Members too, and how far each has read. */
  async refreshRoom(roomId: string): Promise<void> {
    if (isUnmade(roomId)) return;
    try {
      type Answer = { room: RoomSummary; members: RoomMember[] };
      const { room, members } = await this.connection.request<Answer>('/app/im.room', { room_id: roomId });
      this.keepRoom(mergeSummary(this.state.get().rooms.get(roomId), room));
      this.state.patch({ members: withEntry(this.state.get().members, roomId, members) });
      this.replaceUnmade(room);
      this.history.repairSoon(roomId);
      this.live.watch();
      if (this.state.get().openRoom === roomId) this.listenToTopic();
    } catch (error) {
      if (error instanceof Refusal && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND'))
        this.forgetRoom(roomId);
      else throw error;
    }
  }

  // Messages

  send(roomId: string, { text, replyTo, mentions = [] }: Draft): void {
    this.post(
      roomId,
      MessageType.Text,
      { text },
      {
        ...(replyTo !== undefined && { reply_to: replyTo }),
        ...(mentions.length > 0 && { mentions }),
      },
    );
    this.live.stopTyping();
  }

  sendFile(roomId: string, type: MessageType, file: OutboxFile): void {
    const { name, blob, width, height } = file;
    const content = { name, size: blob.size, mime: blob.type, ...(width && { width, height }) };
    this.post(roomId, type, content, {}, file);
  }

  edit({ room_id, seq, version, message_content }: ImMessage, text: string, mentions: readonly string[] = []): void {
    const content = { ...message_content, text };
    const extra = mentions.length > 0 ? { mentions } : {};
    this.enqueue(room_id, '/app/im.edit', {
      room_id,
      seq,
      expected_version: version,
      message_content: content,
      ...extra,
    });
  }

  recall({ room_id, seq }: ImMessage): void {
    this.enqueue(room_id, '/app/im.recall', { room_id, seq });
  }

  react({ room_id, seq }: ImMessage, emoji: string, remove: boolean): void {
    this.enqueue(room_id, '/app/im.react', { room_id, seq, emoji, ...(remove && { remove }) });
  }

  pin({ room_id, seq }: ImMessage, remove: boolean): void {
    this.enqueue(room_id, '/app/im.pin', { room_id, seq, ...(remove && { remove }) });
  }

  /** For this user, on all their devices. */
  async hide({ room_id, seq }: ImMessage): Promise<void> {
    await this.connection.command('/app/im.hide', { room_id, lo: seq, hi: seq });
    this.history.hide(room_id, seq, seq);
    await this.refreshRoom(room_id);
  }

  retry(clientMessageId: string): void {
    this.outbox.retry(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.outbox.discard(clientMessageId);
  }

  typing(roomId: string): void {
    if (!isUnmade(roomId)) this.live.type(roomId);
  }

  /** Seen by the user, up to `seq`. */
  markRead(roomId: string, seq: number): void {
    const room = this.state.get().rooms.get(roomId);
    if (!room || seq <= room.read_seq) return;
    this.keepRoom(withRead(room, seq, seq >= room.last_seq ? 0 : room.unread));
    this.readsToTell.set(roomId, seq);
    this.readTimer ??= setTimeout(() => this.tellReads(), READ_DELAY_MS);
  }

  search(query: SearchQuery): Promise<SearchAnswer> {
    return this.connection.request('/app/im.search', { limit: 30, ...query });
  }

  async showOlder(roomId: string): Promise<void> {
    await this.history.older(roomId);
  }

  async showNewer(roomId: string): Promise<void> {
    await this.history.newer(roomId);
  }

  async showAround(roomId: string, seq: number): Promise<void> {
    await this.history.around(roomId, seq);
  }

  async showLatest(roomId: string): Promise<void> {
    await this.history.latest(roomId);
  }

  // The way of what comes

  private online(): void {
    this.topic = undefined;
    this.live.open();
    this.inbox.open();
    this.catchUp().catch(() => undefined);
  }

  private async catchUp(): Promise<void> {
    await this.loadRooms();
    this.enterOpenRoom();
    this.tellReads();
    await this.sync();
  }

  private async loadRooms(): Promise<void> {
    const before = this.state.get().rooms;
    const rooms = new Map<string, RoomSummary>();
    let cursor: string | undefined;
    do {
      type Answer = { rooms: RoomSummary[]; cursor?: string };
      const page: Answer = await this.connection.request<Answer>('/app/im.rooms', { limit: 200, cursor });
      for (const room of page.rooms) rooms.set(room.room_id, room);
      cursor = page.cursor;
    } while (cursor);
    const now = this.state.get().rooms;
    for (const [id, room] of rooms) rooms.set(id, mergeSummary(now.get(id), room));
    // Joined while the list was on its way, or not made yet.
    for (const [id, room] of now) if (!rooms.has(id) && (!before.has(id) || isUnmade(id))) rooms.set(id, room);
    this.state.patch({ rooms, loaded: true });
    this.live.watch();
  }

  private enterOpenRoom(): void {
    this.listenToTopic();
    const roomId = this.state.get().openRoom;
    if (!roomId || (!this.connection.isOnline && !isUnmade(roomId))) return;
    // Not answered: the next connection begins with this again.
    this.history.open(roomId).catch(() => undefined);
    this.refreshRoom(roomId).catch(() => undefined);
  }

  /** Large rooms do not come by the inbox. */
  private listenToTopic(): void {
    const { openRoom, rooms } = this.state.get();
    const wanted = openRoom && rooms.get(openRoom)?.mode === 'timeline' ? openRoom : undefined;
    if (this.topic?.roomId === wanted) return;
    if (this.connection.isOnline) this.topic?.subscription.unsubscribe();
    this.topic = undefined;
    if (!wanted || !this.connection.isOnline) return;
    const onMessage = (message: ImMessage) => this.receive(message);
    this.topic = { roomId: wanted, subscription: this.connection.subscribe(`/topic/im.room.${wanted}`, onMessage) };
    this.history.repairSoon(wanted);
  }

  private async sync(): Promise<void> {
    const large = [...this.state.get().rooms.values()].filter(({ mode }) => mode === 'timeline');
    if (large.length === 0 || !this.connection.isOnline) return;
    const vector = Object.fromEntries(large.map(({ room_id, last_seq }) => [room_id, last_seq]));
    const { rooms } = await this.connection.request<SyncAnswer>('/app/im.sync', { rooms: vector });
    for (const { room_id, messages, has_more } of rooms) {
      for (const message of messages) this.receive(message);
      if (has_more) await this.refreshRoom(room_id);
      this.history.repairSoon(room_id);
    }
  }

  private apply(event: InboxEvent): void {
    switch (event.kind) {
      case 'message':
        return this.receive(event);
      case 'read': {
        const room = this.state.get().rooms.get(event.room_id);
        return room && this.keepRoom(withRead(room, event.read_seq, event.unread));
      }
      case 'hide':
        this.history.hide(event.room_id, event.lo, event.hi);
        return this.refreshSoon(event.room_id);
      case 'room':
        return event.change === 'left' ? this.forgetRoom(event.room_id) : this.refreshSoon(event.room_id);
    }
  }

  private reset(): void {
    this.state.patch({ timelines: new Map() });
  }

  private receive(message: ImMessage): void {
    const { rooms, members, loaded } = this.state.get();
    const room = rooms.get(message.room_id);
    if (!room) return loaded ? this.refreshSoon(message.room_id) : undefined;
    this.history.receive(message);
    this.keepRoom(withMessage(room, message, this.me.user_id));
    const sender = message.from_user_info.user_id;
    this.live.stopped(room.room_id, sender);
    if (message.message_type === MessageType.Member) return this.refreshSoon(room.room_id);
    if (message.message_type === MessageType.Mode) this.listenToTopic();
    // Who writes has read what was there.
    const moved = members
      .get(room.room_id)
      ?.map((member) =>
        member.user_id === sender ? { ...member, read_seq: Math.max(member.read_seq, message.seq) } : member,
      );
    if (moved) this.state.patch({ members: withEntry(members, room.room_id, moved) });
  }

  private refreshSoon(roomId: string): void {
    this.refreshRoom(roomId).catch(() => undefined);
  }

  // The way of what goes

  private post(
    roomId: string,
    type: MessageType,
    content: Record<string, unknown>,
    extra: Record<string, unknown>,
    file?: OutboxFile,
  ): void {
    const room = this.state.get().rooms.get(roomId);
    const to = isUnmade(roomId) ? { to_user_id: room?.peer?.user_id } : { room_id: roomId };
    const kind = room?.kind === 'dm' ? 'unicast' : 'multicast';
    this.enqueue(
      roomId,
      '/app/im.send',
      { ...to, type: kind, message_type: type, message_content: content, ...extra },
      file,
    );
  }

  private enqueue(roomId: string, destination: OutboxDestination, body: OutboxItem['body'], file?: OutboxFile): void {
    const item = { client_msg_id: newIdentifier(), created_at: Date.now(), room_id: roomId, destination, body, file };
    this.outbox.add({ ...item, status: 'queued' });
  }

  private async roomCommand(command: string, body: Record<string, unknown>): Promise<Headers> {
    const receipt = await this.connection.write(`/app/im.room.${command}`, {
      client_msg_id: newIdentifier(),
      ...body,
    });
    this.inbox.skip(Number(receipt['inbox-seq']));
    return receipt;
  }

  /** No event tells this device of what it has sent itself. */
  private sent(item: OutboxItem, receipt: Headers): void {
    const roomId = receipt['room-id'] ?? item.room_id;
    this.inbox.skip(Number(receipt['inbox-seq']));
    const message = this.messageOf(item, roomId, receipt);
    if (this.state.get().rooms.has(roomId)) this.receive(message);
    else this.refreshSoon(roomId);
  }

  private messageOf({ client_msg_id, destination, body }: OutboxItem, roomId: string, receipt: Headers): ImMessage {
    const before = this.state.get().rooms.get(roomId)?.last_message?.timestamp ?? 0;
    const control = CONTROL_TYPES[destination];
    return {
      message_id: receipt['message-id'],
      room_id: roomId,
      seq: Number(receipt.seq),
      client_msg_id,
      type: body.type === 'unicast' ? 'unicast' : 'multicast',
      message_type: control ?? body.message_type ?? MessageType.Text,
      from_user_info: this.me,
      to_user_info: null,
      message_content: control ? controlContent(body) : (body.message_content ?? {}),
      ...(control && { target_seq: body.seq }),
      ...(typeof body.reply_to === 'number' && { reply_to: body.reply_to }),
      ...(Array.isArray(body.mentions) && { mentions: body.mentions as string[] }),
      version: 1,
      flags: [],
      timestamp: Math.max(Date.now(), before),
    };
  }

  private tellReads(): void {
    clearTimeout(this.readTimer);
    this.readTimer = undefined;
    if (!this.connection.isOnline) return;
    for (const [roomId, seq] of this.readsToTell) {
      this.readsToTell.delete(roomId);
      this.tellRead(roomId, seq).catch(() => {
        if (!this.readsToTell.has(roomId)) this.readsToTell.set(roomId, seq);
      });
    }
  }

  private async tellRead(roomId: string, seq: number): Promise<void> {
    const lastSeq = this.state.get().rooms.get(roomId)?.last_seq;
    const receipt = await this.connection.command('/app/im.read', { room_id: roomId, seq }).catch((error: unknown) => {
      if (error instanceof Refusal && !error.retryable) return undefined;
      throw error;
    });
    const room = this.state.get().rooms.get(roomId);
    const unread = Number(receipt?.unread);
    // What has come since is not counted in the answer.
    if (room?.last_seq === lastSeq && unread >= 0) this.keepRoom(withRead(room!, seq, unread));
  }

  // Bookkeeping

  private keepRoom(room: RoomSummary): void {
    this.state.patch({ rooms: withEntry(this.state.get().rooms, room.room_id, room) });
  }

  private forgetRoom(roomId: string): void {
    const { rooms, timelines, members, openRoom } = this.state.get();
    if (openRoom === roomId) this.openRoom(undefined);
    this.state.patch({
      rooms: withoutEntry(rooms, roomId),
      timelines: withoutEntry(timelines, roomId),
      members: withoutEntry(members, roomId),
    });
  }

  /** The direct room is made now, by whoever of the two wrote first. */
  private replaceUnmade(room: RoomSummary): void {
    const unmade = room.peer && directRoomId(room.peer.user_id);
    if (!unmade || !this.state.get().rooms.has(unmade)) return;
    this.outbox.moveRoom(unmade, room.room_id);
    if (this.state.get().openRoom === unmade) this.openRoom(room.room_id);
    this.forgetRoom(unmade);
  }
}

function controlContent(body: OutboxItem['body']): Record<string, unknown> {
  const { message_content, expected_version, emoji, remove = false } = body;
  return message_content ? { message_content, version: Number(expected_version) + 1 } : { emoji, remove };
}

function unmadeRoom(roomId: string, peer: UserInfo): RoomSummary {
  return {
    room_id: roomId,
    kind: 'dm',
    mode: 'inbox',
    title: peer.name,
    peer,
    role: Role.Member,
    member_count: 2,
    last_seq: 0,
    last_message: null,
    read_seq: 0,
    unread: 0,
    mentioned: false,
    pinned: false,
    visible_from: 1,
    version: 1,
    pins: [],
  };
}
