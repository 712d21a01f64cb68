import type { Socket } from 'node:net';
import { FrameRun } from './frame-run.js';
import { atTurnEnd, type TurnEndListener } from './turn-end.js';

/** Beyond so many bytes there is nothing to be gained by waiting for more. */
const ENOUGH = 65_536;

/** Joins all that is written to a socket in one turn of the event loop into one write. */
export class SocketWriter implements TurnEndListener {
  #run: FrameRun | undefined;
  #isWaiting = false;

  constructor(
    readonly socket: Socket,
    /** Called when a turn has ended in which something was written. */
    private readonly onWritten: () => void,
  ) {}

  /** Bytes that the operating system has not taken. */
  get bufferedBytes(): number {
    return this.socket.writableLength + (this.#run?.size ?? 0);
  }

  get progress(): number {
    return progressOf(this.socket);
  }

  write(frame: Buffer): void {
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      atTurnEnd(this);
    }
    // A large one is not copied to be joined with others.
    if (frame.length >= ENOUGH) this.flush();
    const run = (this.#run ?? RUNS.start).then(frame);
    this.#run = run;
    if (run.size >= ENOUGH) this.flush();
  }

  /** Hands over what waits; what others write to the socket comes after it. */
  flush(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { socket } = this;
    if (socket.writable) socket.write(socket.writableLength > 0 ? run.keptBytes : run.bytes);
  }

  onTurnEnd(): void {
    this.#isWaiting = false;
    this.flush();
    this.onWritten();
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
