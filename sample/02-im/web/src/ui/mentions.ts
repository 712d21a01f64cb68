import type { RoomMember } from '../../../src/model/room.js';

/** An "@" that is being written, and whom it may mean. */
export interface MentionStart {
  readonly at: number;
  readonly candidates: readonly RoomMember[];
  /** The candidate that Enter takes. */
  readonly active: number;
}

const MOST_MENTIONS = 50;
const MOST_CANDIDATES = 6;

export function mentionBefore(
  text: string,
  caret: number,
  members: readonly RoomMember[],
  me: string,
): MentionStart | undefined {
  const at = text.lastIndexOf('@', caret - 1);
  if (at < 0 || /\w/.test(text[at - 1] ?? '')) return undefined;
  const begun = text.slice(at + 1, caret).toLowerCase();
  const candidates = members
    .filter(
      ({ user_id, name }) => user_id !== me && (name.toLowerCase().startsWith(begun) || user_id.startsWith(begun)),
    )
    .slice(0, MOST_CANDIDATES);
  return candidates.length > 0 ? { at, candidates, active: 0 } : undefined;
}

export function mentionsIn(text: string, members: readonly RoomMember[]): string[] {
  return members
    .filter(({ name }) => text.includes(`@${name}`))
    .map(({ user_id }) => user_id)
    .slice(0, MOST_MENTIONS);
}

export function moved(mention: MentionStart, step: number): MentionStart {
  const { active, candidates } = mention;
  return { ...mention, active: (active + step + candidates.length) % candidates.length };
}
