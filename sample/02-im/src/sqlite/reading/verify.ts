import type { SqliteDatabase } from '../database.js';
import { Flag } from '../message-row.js';
import { searchableText } from '../tables/search-index.js';
import { tokenize } from '../tokenizer.js';
import { INVARIANTS } from './invariants.js';

/** The most lines that one broken invariant yields. */
const MAX_LINES = 20;

export function verify(db: SqliteDatabase): string[] {
  const integrity = db.prepare<[], string>('pragma integrity_check').pluck().all();
  const broken = INVARIANTS.flatMap(([sentence, query]) =>
    db
      .prepare<[], string>(`${query} limit ${MAX_LINES}`)
      .pluck()
      .all()
      .map((where) => `${sentence}: ${where}`),
  );
  return [...integrity.filter((line) => line !== 'ok'), ...broken, ...verifyIndex(db)];
}

function verifyIndex(db: SqliteDatabase): string[] {
  const rows = db.prepare<[], { mid: number; message_type: number; content: string | null; indexed: number }>(
    `select mid, message_type, case when flags & ${Flag.Recalled} then null else content end as content,
       exists (select 1 from msg_fts_docsize where id = mid) as indexed
     from messages`,
  );
  const broken: string[] = [];
  for (const { mid, message_type, content, indexed } of rows.iterate()) {
    const text = content === null ? '' : searchableText(message_type, JSON.parse(content) as Record<string, unknown>);
    if (tokenize(text).length > 0 === (indexed === 1)) continue;
    broken.push(`A message is in the index of search exactly if it has text: message ${mid}`);
    if (broken.length === MAX_LINES) break;
  }
  return broken;
}
