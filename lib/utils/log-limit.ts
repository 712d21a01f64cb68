const MINUTE = 60_000;
const LINES_PER_MINUTE = 20;

/** Keeps what clients can cause from flooding the log: so many lines a minute are written, the others counted. */
export class LogLimit {
  #began = -Infinity;
  #count = 0;

  constructor(private readonly linesPerMinute = LINES_PER_MINUTE) {}

  /** @returns the line, with how many are missing before it; undefined if there have been enough */
  admit(line: () => string, now = performance.now()): string | undefined {
    let leftOut = 0;
    if (now - this.#began >= MINUTE) {
      leftOut = Math.max(this.#count - this.linesPerMinute, 0);
      this.#began = now;
      this.#count = 0;
    }
    if (++this.#count > this.linesPerMinute) return undefined;
    return leftOut > 0 ? `${line()} (${leftOut} before it were left out)` : line();
  }
}
