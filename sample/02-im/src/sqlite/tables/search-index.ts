import { MessageType } from '../../model/message.js';
import type { SqliteDatabase } from '../database.js';
import { tokenize } from '../tokenizer.js';

/** What a message is of, each as one word of the index: so what is rare is found as fast as what is frequent. */
export const roomToken = (rid: number): string => `r${rid}`;
export const senderToken = (uid: number): string => `u${uid}`;
export const typeToken = (messageType: number): string => `t${messageType}`;

export function searchOrigin(rid: number, senderUid: number, messageType: number): string {
  return [roomToken(rid), senderToken(senderUid), typeToken(messageType)].join(' ');
}

/** What of a message is found, as the index takes it. */
export function searchTokens(messageType: number, content: Readonly<Record<string, unknown>>): string {
  return tokenize(searchableText(messageType, content)).join(' ');
}

/** A message as far as the index minds it. */
export interface Indexed {
  readonly mid: number;
  readonly rid: number;
  readonly senderUid: number;
  readonly messageType: number;
  readonly content: Readonly<Record<string, unknown>>;
}

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
    this.#insert = db.prepare<[number, string, string]>(`insert into msg_fts (rowid, tokens, origin) values (?, ?, ?)`);
    this.#delete = db.prepare<[number]>(`delete from msg_fts where rowid = ?`);
  }

  add({ mid, rid, senderUid, messageType, content }: Indexed): void {
    const tokens = searchTokens(messageType, content);
    if (tokens !== '')
      this.#changes.push(() => this.#insert.run(mid, tokens, searchOrigin(rid, senderUid, messageType)));
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
