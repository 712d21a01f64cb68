import type { ImMessage, InboxEvent } from '../model/message.js';

/** As `inbox.kind` holds them. */
export const EVENT_KINDS = { message: 1, read: 3, room: 4, hide: 6 } as const;

/** What an event is beyond its place in the inbox; of a message only where it is, for it may change. */
export type OwnEvent = InboxEvent extends infer E
  ? E extends { kind: 'read' | 'hide' | 'room' }
    ? Omit<E, 'inbox_seq' | 'timestamp'>
    : never
  : never;

export function messageEvent(inboxSeq: number, message: ImMessage): InboxEvent {
  return { inbox_seq: inboxSeq, kind: 'message', ...message };
}

export function ownEvent(inboxSeq: number, timestamp: number, event: OwnEvent): InboxEvent {
  return { inbox_seq: inboxSeq, timestamp, ...event };
}
