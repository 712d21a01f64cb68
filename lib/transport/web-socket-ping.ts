import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { TimerWheel, WheelTimer } from '../utils/timer-wheel.js';

/** Finds out that the other end of a WebSocket is gone without a word: whoever is there answers a ping, or sends something else. */
export class WebSocketPing {
  #bytesRead = 0;
  #isExcused = false;
  #timer: WheelTimer | undefined;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
    private readonly wheel: TimerWheel,
    private readonly interval: number,
    private readonly onSilence: () => void,
  ) {}

  /** It has just been heard: the first question comes an interval later. */
  start(): void {
    this.#timer = this.wheel.after(this.interval, () => this.#ask());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** An answer may not have been read: we have been reading nothing for a while. */
  excuse(): void {
    this.#isExcused = true;
  }

  #ask(): void {
    this.#bytesRead = this.socket.bytesRead;
    this.#isExcused = false;
    this.webSocket.ping();
    this.#timer = this.wheel.after(this.interval, () => this.#check());
  }

  #check(): void {
    const isHeard = this.#isExcused || this.webSocket.isPaused || this.socket.bytesRead > this.#bytesRead;
    if (isHeard) this.#ask();
    else this.onSilence();
  }
}
