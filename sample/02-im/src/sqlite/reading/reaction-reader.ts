import type { SqliteDatabase } from '../database.js';

export class ReactionReader {
  readonly #of;

  constructor(db: SqliteDatabase) {
    this.#of = db.prepare<[number, number], { emoji: string; user_id: string }>(
      `select x.emoji, u.user_id from reactions x join users u on u.uid = x.uid
       where x.rid = ? and x.seq = ? order by x.at, x.uid`,
    );
  }

  /** Emoji → who, the first ones first. */
  of(rid: number, seq: number): Record<string, string[]> {
    const reactions = new Map<string, string[]>();
    for (const { emoji, user_id } of this.#of.all(rid, seq)) {
      const users = reactions.get(emoji);
      if (users) users.push(user_id);
      else reactions.set(emoji, [user_id]);
    }
    return Object.fromEntries(reactions);
  }
}
