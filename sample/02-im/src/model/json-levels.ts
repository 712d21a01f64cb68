/** Whether the value has no more levels of objects and lists than that; it looks no deeper, so nobody makes it run out of stack. */
export function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isWithin(levels - 1, part));
}
