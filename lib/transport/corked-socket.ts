import type { Socket } from 'node:net';
import { atTurnEnd } from './turn-end.js';

/** Beyond so many bytes there is nothing to be gained by waiting for more. */
const ENOUGH = 65_536;

/** Joins all that is written to a socket in one turn of the event loop into one write. */
export class CorkedSocket {
  #corkedBytes = 0;
  #isCorked = false;
  #isWaiting = false;

  constructor(
    readonly socket: Socket,
    /** Called when a turn has ended in which something was written. */
    private readonly onWritten: () => void,
  ) {}

  /** Bytes that the operating system has not taken. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  get progress(): number {
    return progressOf(this.socket);
  }

  write(bytes: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.socket.cork();
      if (!this.#isWaiting) {
        this.#isWaiting = true;
        atTurnEnd(this);
      }
    }
    this.socket.write(bytes);
    this.#corkedBytes += bytes.length;
    if (this.#corkedBytes >= ENOUGH) this.flush();
  }

  /** Hands over what is corked; what others write to the socket comes after it. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#corkedBytes = 0;
    this.socket.uncork();
  }

  onTurnEnd(): void {
    this.#isWaiting = false;
    this.flush();
    this.onWritten();
  }
}

/**
 * A number that changes whenever the operating system takes bytes. `writableLength` alone would not do: it stays as it is until the last
 * byte of a write is taken, and one write may be all that waits. Node's own socket timeout looks at the same `writeQueueSize`.
 */
export function progressOf(socket: Socket): number {
  const { bytesWritten, writableLength } = socket;
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return (bytesWritten ?? 0) - writableLength - (handle?.writeQueueSize ?? 0);
}
