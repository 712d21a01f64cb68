import { deadline } from './format.js';
import { t, type Phrase } from './i18n.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Until somebody ends it. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;
/** What is longer than this has no end that people would want to read. */
const LONG_MS = 366 * DAY_MS;

const locale = navigator.language;

/** "1 hour" */
export function duration(ms: number): string {
  const isDays = ms >= DAY_MS;
  const format = { style: 'unit', unit: isDays ? 'day' : 'hour', unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(locale, format).format(ms / (isDays ? DAY_MS : HOUR_MS));
}

export function isMuted(until: number | undefined, now = Date.now()): boolean {
  return until !== undefined && until > now;
}

function hasEnd(until: number): boolean {
  return until - Date.now() < LONG_MS;
}

/** "muted until 14:05" */
export function untilLine(until: number, withEnd: Phrase, without: Phrase): string {
  return hasEnd(until) ? t(withEnd, deadline(until)) : t(without);
}
