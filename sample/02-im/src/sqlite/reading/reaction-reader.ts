import type { SqliteDatabase } from '../database.js';

export class ReactionReader {
  readonly #of;

  constructor(db: SqliteDatabase) {
    this.#of = db.prepare<[number, number, number], { emoji: string; user_id: string }>(
      `select x.emoji, u.user_id from reactions x join users u on u.uid = x.uid
       where x.rid = ? and x.seq = ? and x.by_seq <= ? order by x.at, x.uid`,
    );
  }

  /** Emoji → who, the first ones first; given up to the message `until`. */
  of(rid: number, seq: number, until = Number.MAX_SAFE_INTEGER): Record<string, string[]> {
    const reactions = new Map<string, string[]>();
    for (const { emoji, user_id } of this.#of.all(rid, seq, until)) {
      const users = reactions.get(emoji);
      if (users) users.push(user_id);
      else reactions.set(emoji, [user_id]);
    }
    return Object.fromEntries(reactions);
  }
}
