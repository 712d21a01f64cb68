/** The seed's types: to one, to the members of a room, to everybody. */
export type MessageKind = 'unicast' | 'multicast' | 'broadcast';

/** What a message holds. From 100 on: control messages, which the server writes into the timeline of a room. */
export enum MessageType {
  Text = 1,
  Image = 2,
  Voice = 3,
  Video = 4,
  File = 5,
  Location = 6,
  Card = 7,
  Custom = 50,
  Encrypted = 60,
  Recall = 100,
  Edit = 101,
  Member = 102,
  Room = 103,
  Mode = 104,
  Reaction = 105,
  Pin = 106,
}

export type MessageFlag = 'recalled' | 'edited' | 'silent' | 'expired';

export interface UserInfo {
  readonly user_id: string;
  readonly name: string;
  readonly device_id?: string;
}

/**
 * A message as clients see it. Names are those of the wire.
 *
 * What changes a message is a message too (`message_type` from 100 on, with `target_seq`): so one mechanism tells offline devices of everything.
 */
export interface ImMessage {
  /** Of this server, unique. */
  readonly message_id: string;
  readonly room_id: string;
  /** Place in the room: 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** Given by the sender, once for each message that a person writes: sent again, it is the same message. */
  readonly client_msg_id: string;
  readonly type: MessageKind;
  readonly message_type: number;
  readonly from_user_info: UserInfo;
  readonly to_user_info: UserInfo | null;
  /** Null when it was recalled, or is older than what its room keeps (`expired`). */
  readonly message_content: Readonly<Record<string, unknown>> | null;
  /** `seq` of the message that it answers. */
  readonly reply_to?: number;
  /** `seq` of the message that it changes. */
  readonly target_seq?: number;
  /** `user_id`s. */
  readonly mentions?: readonly string[];
  /** Who reacted with what: emoji → `user_id`s. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
  /** 1, and one more for each edit. */
  readonly version: number;
  readonly flags: readonly MessageFlag[];
  /** Milliseconds since 1970; never less than that of the message before it in its room. */
  readonly timestamp: number;
}

/** What a user's devices are told of, in the order of `inbox_seq`: 1, 2, 3 … without a gap. */
export type InboxEvent = { readonly inbox_seq: number; readonly timestamp: number } & (
  | ({ readonly kind: 'message' } & ImMessage)
  /** Read on another device of the user's own. */
  | { readonly kind: 'read'; readonly room_id: string; readonly read_seq: number; readonly unread: number }
  /** Hidden by the user, on all their devices: from `lo` to `hi`. */
  | { readonly kind: 'hide'; readonly room_id: string; readonly lo: number; readonly hi: number }
  /** The room itself is new to the user, or no longer theirs, or its settings for this user have changed. */
  | { readonly kind: 'room'; readonly room_id: string; readonly change: 'joined' | 'left' | 'pinned' | 'muted' }
);
