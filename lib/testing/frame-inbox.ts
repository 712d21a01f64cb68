import type { StompFrame } from '../frame/stomp-frame.js';
import { showFrames } from './show-frame.js';

export type FrameMatcher = (frame: StompFrame) => boolean;

/** Frames that have come, and those who wait for one. Each frame is given out once. */
export class FrameInbox {
  readonly #frames: StompFrame[] = [];
  readonly #waiting: { matches: FrameMatcher; resolve: (frame: StompFrame) => void; reject: (error: Error) => void }[] =
    [];
  #end: Error | undefined;

  /** Frames that have come and have not been given out. */
  get frames(): readonly StompFrame[] {
    return [...this.#frames];
  }

  push(frame: StompFrame): void {
    const index = this.#waiting.findIndex(({ matches }) => matches(frame));
    if (index < 0) this.#frames.push(frame);
    else this.#waiting.splice(index, 1)[0]!.resolve(frame);
  }

  /** No frame will come any more: those who wait for one are told why. */
  end(error: Error): void {
    this.#end = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /**
   * The first frame that matches and has not been given out, now or when it comes.
   * @throws Error when the connection ends first, or after `timeout` milliseconds, naming the frames that came instead
   */
  next(matches: FrameMatcher, timeout: number): Promise<StompFrame> {
    const index = this.#frames.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.#frames.splice(index, 1)[0]!);
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        const came = this.#frames.length === 0 ? 'none' : `\n\n${showFrames(this.#frames)}`;
        reject(new Error(`The expected frame did not come within ${timeout} ms. Frames that came and wait: ${came}`));
      }, timeout);
      const waiter = {
        matches,
        resolve: (frame: StompFrame) => (clearTimeout(timer), resolve(frame)),
        reject: (error: Error) => (clearTimeout(timer), reject(error)),
      };
      this.#waiting.push(waiter);
    });
  }

  /** All frames that match and have not been given out. */
  take(matches: FrameMatcher): StompFrame[] {
    const taken = this.#frames.filter(matches);
    for (const frame of taken) this.#frames.splice(this.#frames.indexOf(frame), 1);
    return taken;
  }
}
