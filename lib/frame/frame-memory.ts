import { Buffer } from 'node:buffer';
import { EncodedFrame, HEADROOM } from './encoded-frame.js';

/** Memory that small frames share is taken from the system in pieces of this size, as Node does for small buffers. */
const SHARED = 8_192;
/** A frame that is larger has memory of its own. */
const SMALL = SHARED / 2;

/** So many bytes are copied one by one sooner than by a call. */
const FEW = 64;

const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Where frames are written, one after another. To write a string character by character takes less time than to join it with others, to
 * measure the whole in bytes, and to copy it.
 */
export class FrameMemory {
  #shared = Buffer.allocUnsafeSlow(SHARED);
  /** How much of it is taken. */
  #taken = 0;
  /** Of the frame that is being written. */
  #memory = this.#shared;
  #start = 0;
  #at = 0;

  /** A frame begins. What was written of one that has not been taken is forgotten. */
  begin(): void {
    this.#memory = this.#shared;
    this.#start = this.#taken;
    this.#at = this.#start + HEADROOM;
  }

  /** Writes what is printable ASCII and neither `:` nor `\`. @returns false if there is anything else in it; then nothing is written */
  plain(text: string): boolean {
    const { length } = text;
    this.reserve(length);
    const memory = this.#memory;
    const at = this.#at;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === COLON || code === BACKSLASH) return false;
      memory[at + i] = code;
    }
    this.#at = at + length;
    return true;
  }

  /** Writes any text, in UTF-8. */
  text(text: string): void {
    this.reserve(Buffer.byteLength(text));
    this.#at += this.#memory.write(text, this.#at);
  }

  byte(byte: number): void {
    this.reserve(1);
    this.#memory[this.#at++] = byte;
  }

  /** @returns whether they are known to be ASCII */
  bytes(bytes: Uint8Array): boolean {
    const { length } = bytes;
    this.reserve(length);
    const memory = this.#memory;
    const at = this.#at;
    this.#at = at + length;
    if (length > FEW) {
      memory.set(bytes, at);
      return false;
    }
    let all = 0;
    for (let i = 0; i < length; i++) all |= memory[at + i] = bytes[i]!;
    return all < 0x80;
  }

  /** So many bytes will find room: a frame that has to move for them does so once. */
  reserve(length: number): void {
    if (this.#at + length > this.#memory.length) this.#move(this.#at - this.#start + length);
  }

  /** The frame that was begun. */
  take(isText: boolean): EncodedFrame {
    if (this.#memory === this.#shared) this.#taken = this.#at;
    const start = this.#start + HEADROOM;
    return new EncodedFrame(this.#memory, start, this.#at - start, isText);
  }

  /** What there is of the frame goes on in other memory. @param size of it then, in bytes */
  #move(size: number): void {
    const begun = this.#memory.subarray(this.#start, this.#at);
    const isSmall = size <= SMALL;
    // Many headers may come one by one.
    this.#memory = Buffer.allocUnsafeSlow(isSmall ? SHARED : Math.max(size, 2 * begun.length));
    this.#memory.set(begun);
    this.#at -= this.#start;
    this.#start = 0;
    if (!isSmall) return;
    this.#shared = this.#memory;
    this.#taken = 0;
  }
}
