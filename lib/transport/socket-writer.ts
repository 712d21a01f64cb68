import type { Socket } from 'node:net';
import { FrameRun } from './frame-run.js';
import { atTurnEnd, type TurnEndListener } from './turn-end.js';

/** Beyond so many bytes there is nothing to be gained by waiting for more. */
const ENOUGH = 65_536;

/** Joins all that is written to a socket in one turn of the event loop into one write. */
export class SocketWriter implements TurnEndListener {
  /** The first frame of this turn. Most have none behind them, and need no run. */
  #frame: Buffer | undefined;
  #run: FrameRun | undefined;
  #isWaiting = false;
  #isCorked = false;
  /** Whether the operating system may not have taken all. As long as it has, a frame costs no look at the socket, which is far away in memory. */
  #isBehind = false;

  constructor(
    readonly socket: Socket,
    /** Called at the end of a turn in which something was written, if the operating system has not taken all. */
    private readonly onBehind: () => void,
  ) {}

  /** Bytes that the operating system has not taken. */
  get bufferedBytes(): number {
    return (this.#isBehind ? this.socket.writableLength : 0) + this.#waiting;
  }

  get progress(): number {
    return progressOf(this.socket);
  }

  write(frame: Buffer): void {
    this.#awaitTurnEnd();
    // A large one is not copied to be joined with others.
    if (frame.length >= ENOUGH) this.#flush();
    if (this.#frame === undefined) this.#frame = frame;
    else this.#run = (this.#run ?? RUNS.start.then(this.#frame)).then(frame);
    if (this.#waiting >= ENOUGH) this.#flush();
  }

  /** Somebody else writes to the socket now: behind what waits, and in one write with it. */
  makeWay(): void {
    this.#awaitTurnEnd();
    if (!this.#isCorked) this.socket.cork();
    this.#isCorked = true;
    this.#flush();
    this.#isBehind = true;
  }

  onTurnEnd(): void {
    this.#isWaiting = false;
    this.#flush();
    if (this.#isCorked) this.#uncork();
    if (this.#isBehind) this.onBehind();
  }

  /** Bytes that wait for the end of the turn. */
  get #waiting(): number {
    return this.#run?.size ?? this.#frame?.length ?? 0;
  }

  #awaitTurnEnd(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    atTurnEnd(this);
  }

  #uncork(): void {
    this.#isCorked = false;
    this.socket.uncork();
    this.#isBehind = this.socket.writableLength > 0;
  }

  #flush(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const run = this.#run;
    this.#frame = this.#run = undefined;
    const { socket } = this;
    if (!socket.writable) return;
    const isKept = this.#isBehind && socket.writableLength > 0;
    socket.write(isKept ? (run ?? RUNS.start.then(frame)).keptBytes : (run?.bytes ?? frame));
    this.#isBehind = socket.writableLength > 0;
  }
}

/** Where the runs of all sockets begin: anew in each turn, so that nothing of the last one is kept. */
class RunsOfTurn implements TurnEndListener {
  #start: FrameRun | undefined;

  get start(): FrameRun {
    if (this.#start === undefined) {
      this.#start = new FrameRun();
      atTurnEnd(this);
    }
    return this.#start;
  }

  onTurnEnd(): void {
    this.#start = undefined;
  }
}

const RUNS = new RunsOfTurn();

/**
 * A number that changes whenever the operating system takes bytes. `writableLength` alone would not do: it stays as it is until the last
 * byte of a write is taken, and one write may be all that waits. Node's own socket timeout looks at the same `writeQueueSize`.
 */
export function progressOf(socket: Socket): number {
  const { bytesWritten, writableLength } = socket;
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return (bytesWritten ?? 0) - writableLength - (handle?.writeQueueSize ?? 0);
}
