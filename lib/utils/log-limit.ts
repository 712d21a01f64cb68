const MINUTE = 60_000;

/** Keeps what clients can cause from flooding the log: so many lines a minute are written, the others counted. */
export class LogLimit {
  #began = -Infinity;
  #count = 0;

  constructor(private readonly linesPerMinute = 20) {}

  /** @returns the line, with how many are missing before it; undefined if there have been enough */
  admit(line: () => string): string | undefined {
    const now = performance.now();
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
