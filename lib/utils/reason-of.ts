/** What an error says, or whatever has been thrown in place of one. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
