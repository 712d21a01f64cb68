import { MessageType, type ImMessage } from '../../../src/model/message.js';

/** A part of a room without a gap, from `first` to `last`: what is shown. Seqs in it that have no message are hidden. */
export interface Timeline {
  readonly messages: readonly ImMessage[];
  readonly first: number;
  readonly last: number;
  /** Nothing is before it. */
  readonly atStart: boolean;
  /** New messages of the room belong here; false when somebody reads far above. */
  readonly atEnd: boolean;
  /** After a gap: they wait until it is filled. */
  readonly early: readonly ImMessage[];
}

/** So many are kept of a room that somebody scrolls through; the other end is let go. */
export const LONGEST_TIMELINE = 600;

export const EMPTY_TIMELINE: Timeline = { messages: [], first: 1, last: 0, atStart: true, atEnd: true, early: [] };

/** A message that is new in the room. `early` grows when others are missing before it. */
export function append(timeline: Timeline, message: ImMessage): Timeline {
  if (message.seq <= timeline.last) return applyControl(timeline, message);
  const early = [...timeline.early.filter(({ seq }) => seq !== message.seq), message].toSorted(bySeq);
  return takeEarly({ ...timeline, early });
}

/** With all that the room has up to `last`. */
export function mergeNewer(timeline: Timeline, messages: readonly ImMessage[], last: number, atEnd: boolean): Timeline {
  let merged = timeline;
  for (const message of messages) {
    if (message.seq > timeline.last) merged = applyControl(merged, message);
  }
  const fresh = messages.filter(({ seq }) => seq > timeline.last);
  merged = { ...merged, messages: [...merged.messages, ...fresh], last: Math.max(timeline.last, last), atEnd };
  const excess = merged.messages.length - LONGEST_TIMELINE;
  if (excess > 0) {
    const kept = merged.messages.slice(excess);
    merged = { ...merged, messages: kept, first: kept[0].seq, atStart: false };
  }
  return takeEarly({ ...merged, early: merged.early.filter(({ seq }) => seq > merged.last) });
}

/** Older messages come as they are now: changes in them are applied already. */
export function mergeOlder(
  timeline: Timeline,
  messages: readonly ImMessage[],
  first: number,
  atStart: boolean,
): Timeline {
  const fresh = messages.filter(({ seq }) => seq < timeline.first);
  const all = [...fresh, ...timeline.messages];
  if (all.length <= LONGEST_TIMELINE) return { ...timeline, messages: all, first, atStart };
  const kept = all.slice(0, LONGEST_TIMELINE);
  return { messages: kept, first, last: kept.at(-1)!.seq, atStart, atEnd: false, early: [] };
}

export function hide(timeline: Timeline, lo: number, hi: number): Timeline {
  return { ...timeline, messages: timeline.messages.filter(({ seq }) => seq < lo || seq > hi) };
}

/** What a control message does to the one that it is about. May be applied again. */
export function applyControl(timeline: Timeline, control: ImMessage): Timeline {
  const target = control.target_seq;
  if (target === undefined || !timeline.messages.some(({ seq }) => seq === target)) return timeline;
  return {
    ...timeline,
    messages: timeline.messages.map((message) => (message.seq === target ? changed(message, control) : message)),
  };
}

export function changed(message: ImMessage, control: ImMessage): ImMessage {
  const content = control.message_content ?? {};
  switch (control.message_type) {
    case MessageType.Recall:
      return {
        ...message,
        message_content: null,
        reactions: undefined,
        flags: [...new Set([...message.flags, 'recalled' as const])],
      };
    case MessageType.Edit: {
      const { version, message_content } = content as {
        version: number;
        message_content: ImMessage['message_content'];
      };
      // Without a content: its message has been recalled since, or not all who watch the room may see it.
      if (!(version > message.version) || !message.message_content) return message;
      const { mentions = message.mentions } = control;
      return {
        ...message,
        message_content,
        version,
        mentions,
        flags: [...new Set([...message.flags, 'edited' as const])],
      };
    }
    case MessageType.Reaction: {
      const { emoji, remove } = content as { emoji: string; remove?: boolean };
      return { ...message, reactions: react(message.reactions, emoji, control.from_user_info.user_id, !remove) };
    }
    default:
      return message;
  }
}

export function react(
  reactions: ImMessage['reactions'],
  emoji: string,
  userId: string,
  present: boolean,
): ImMessage['reactions'] {
  const others = (reactions?.[emoji] ?? []).filter((id) => id !== userId);
  const users = present ? [...others, userId] : others;
  const { [emoji]: _, ...rest } = reactions ?? {};
  return users.length > 0 ? { ...reactions, [emoji]: users } : rest;
}

function takeEarly(timeline: Timeline): Timeline {
  let { last } = timeline;
  let taken = timeline;
  for (const message of timeline.early) {
    if (message.seq !== last + 1) break;
    last = message.seq;
    taken = { ...applyControl(taken, message), early: taken.early.slice(1), last };
    taken = { ...taken, messages: [...taken.messages, message] };
  }
  return taken;
}

function bySeq(a: ImMessage, b: ImMessage): number {
  return a.seq - b.seq;
}
