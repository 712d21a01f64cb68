import { Buffer } from 'node:buffer';

/** The last few ways on are remembered: what every socket is sent for itself is shared with none. */
const REMEMBERED_WAYS = 8;

/**
 * The frames that a socket is to be sent in this turn of the event loop, in order. Runs form a tree: sockets that are sent the same frames
 * are at the same place in it, and those frames are joined into one run of bytes for all of them.
 */
export class FrameRun {
  #bytes: Buffer | undefined;
  #kept: Buffer | undefined;
  /** Where a fan-out goes on from here: the same frame for one socket after the other. */
  #next: FrameRun | undefined;
  /** All that are remembered, once there is more than one. */
  #ways: FrameRun[] | undefined;
  #lastWay = 0;

  /** @param size in bytes, of all frames */
  constructor(
    private readonly before?: FrameRun,
    private readonly last?: Buffer,
    readonly size = 0,
  ) {}

  /** All frames one behind the other. */
  get bytes(): Buffer {
    return (this.#bytes ??= this.before?.last ? this.#join() : this.last!);
  }

  /** The same in memory of their own, for a socket that may keep them for long: small buffers share theirs, and each would keep all of it. */
  get keptBytes(): Buffer {
    return (this.#kept ??= this.bytes.buffer.byteLength < 2 * this.size ? this.bytes : this.#join());
  }

  then(frame: Buffer): FrameRun {
    const next = this.#next;
    if (next?.last === frame) return next;
    const known = this.#ways?.find((way) => way.last === frame);
    return (this.#next = known ?? this.#wayTo(frame));
  }

  #wayTo(frame: Buffer): FrameRun {
    const way = new FrameRun(this, frame, this.size + frame.length);
    if (this.#next === undefined) return way;
    this.#ways ??= [this.#next];
    this.#lastWay = (this.#lastWay + 1) % REMEMBERED_WAYS;
    this.#ways[this.#lastWay] = way;
    return way;
  }

  #join(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.size);
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    for (let run: FrameRun = this; run.last; run = run.before!) run.last.copy(bytes, run.size - run.last.length);
    return bytes;
  }
}
