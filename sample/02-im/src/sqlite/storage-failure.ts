/** https://www.sqlite.org/rescode.html: what keeps the database from being read or written, whatever is asked of it. */
const STORAGE_FAILURES = [
  'BUSY',
  'CANTOPEN',
  'CORRUPT',
  'FULL',
  'IOERR',
  'LOCKED',
  'NOLFS',
  'NOMEM',
  'NOTADB',
  'PERM',
  'PROTOCOL',
  'READONLY',
];

/** Of the disk or the memory. All else that SQLite says is the fault of one statement, or of what it was given. */
export function isStorageFailure(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string') return false;
  return STORAGE_FAILURES.some((failure) => code === `SQLITE_${failure}` || code.startsWith(`SQLITE_${failure}_`));
}
