import { TurnoverMap } from './turnover-map.js';

/** A callback that waits in a wheel. */
export interface WheelTimer {
  cancel(): void;
}

class Entry implements WheelTimer {
  constructor(
    private readonly slots: TurnoverMap<number, Set<Entry>>,
    private readonly due: number,
    readonly callback: () => void,
  ) {}

  /** An empty slot goes at once: its tick may be weeks away. */
  cancel(): void {
    const slot = this.slots.get(this.due);
    if (slot?.delete(this) && slot.size === 0) this.slots.delete(this.due);
  }
}

/** So much later than it should a turn comes only if the process could not do anything for a while. */
const LATE_TICKS = 10;

/**
 * Timers for many sessions at the cost of one: all that is due in the same tick hangs in one slot, and a single interval,
 * which runs only while something waits, turns the wheel.
 */
export class TimerWheel {
  readonly #slots = new TurnoverMap<number, Set<Entry>>();
  #turned = 0; // the last tick whose slot has been emptied
  #interval: NodeJS.Timeout | undefined;
  #now = wholeMilliseconds();
  #isLate = false;

  constructor(
    /** Milliseconds from tick to tick: how exact the wheel is. */
    readonly tick = 50,
    private readonly onError: (error: unknown) => void = () => {},
  ) {}

  /** Whole milliseconds since the process began, at most one tick old while anything waits. Cheap enough for every write. */
  get now(): number {
    return this.#now;
  }

  /** Runs the callback once, in the tick in which the delay ends. */
  after(delay: number, callback: () => void): WheelTimer {
    this.#start();
    const due = Math.max(Math.ceil((performance.now() + delay) / this.tick), this.#turned + 1);
    const entry = new Entry(this.#slots, due, callback);
    const slot = this.#slots.get(due);
    if (slot) slot.add(entry);
    else this.#slots.set(due, new Set([entry]));
    return entry;
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
    this.#slots.clear();
  }

  #start(): void {
    if (this.#interval) return;
    this.#now = wholeMilliseconds();
    this.#turned = Math.floor(this.#now / this.tick);
    this.#interval = setInterval(() => this.#turn(), this.tick).unref();
  }

  #turn(): void {
    const before = this.#now;
    this.#now = wholeMilliseconds();
    // The process had stood still. What others have sent meanwhile is read before anyone is taken for dead.
    if (this.#now - before > LATE_TICKS * this.tick && !this.#isLate) {
      this.#isLate = true;
      setImmediate(() => this.#interval && this.#turn());
      return;
    }
    this.#isLate = false;
    const current = Math.floor(this.#now / this.tick);
    while (this.#turned < current) {
      for (const entry of this.#slots.get(++this.#turned) ?? []) {
        entry.cancel();
        try {
          entry.callback();
        } catch (error) {
          this.onError(error);
        }
      }
    }
    if (this.#slots.size === 0) this.stop();
  }
}

/** Numbers with a fraction V8 keeps outside of the objects that have them. */
function wholeMilliseconds(): number {
  return Math.floor(performance.now());
}
