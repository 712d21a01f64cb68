import { MessageType } from '../../model/message.js';
import type { SqliteDatabase } from '../database.js';
import { tokenize } from '../tokenizer.js';

/** The room of a message, as one word of the index. */
export const roomToken = (rid: number): string => `r${rid}`;

/** What people can find a message by. Only devices can read what is encrypted. */
export function searchableText(messageType: number, content: Readonly<Record<string, unknown>>): string {
  if (messageType === MessageType.Encrypted || messageType >= MessageType.Recall) return '';
  return [content['text'], content['name'], content['title']].filter((part) => typeof part === 'string').join(' ');
}

/**
 * Gathers what a batch changes of the index, until `flush`: FTS5 writes what it holds to its tables at each savepoint,
 * and there is one for each command.
 */
export class SearchIndex {
  readonly #insert;
  readonly #delete;
  readonly #changes: (() => void)[] = [];

  constructor(db: SqliteDatabase) {
    this.#insert = db.prepare<[number, string, string]>(`insert into msg_fts (rowid, tokens, room) values (?, ?, ?)`);
    this.#delete = db.prepare<[number]>(`delete from msg_fts where rowid = ?`);
  }

  add(mid: number, rid: number, messageType: number, content: Readonly<Record<string, unknown>>): void {
    const tokens = tokenize(searchableText(messageType, content));
    if (tokens.length > 0) this.#changes.push(() => this.#insert.run(mid, tokens.join(' '), roomToken(rid)));
  }

  remove(mid: number): void {
    this.#changes.push(() => this.#delete.run(mid));
  }

  /** How many changes are gathered. */
  get pending(): number {
    return this.#changes.length;
  }

  /** Forgets what was gathered after the first ones. */
  undo(pending: number): void {
    this.#changes.length = pending;
  }

  flush(): void {
    for (const change of this.#changes) change();
    this.#changes.length = 0;
  }
}
