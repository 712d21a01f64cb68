import { useEffect, useState } from 'preact/hooks';

/** What a browser's timer can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time when it was drawn; draws again when `until` has come. */
export function useNow(until: number | undefined): number {
  const [, redraw] = useState(0);
  const now = Date.now();
  useEffect(() => {
    if (until === undefined || until <= Date.now()) return undefined;
    const timer = setTimeout(() => redraw((times) => times + 1), Math.min(until - Date.now(), LONGEST_MS));
    return () => clearTimeout(timer);
  });
  return now;
}
