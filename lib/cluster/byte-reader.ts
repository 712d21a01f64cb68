/** Reads what a `ByteWriter` has written. It comes from another process: every length is checked before it is believed. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  uint8(): number {
    return this.#bytes[this.#advance(1)]!;
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  /** @throws RangeError when it is no number that could have been written */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('A number is too large.');
  }

  text(): string {
    const size = this.varint();
    const at = this.#advance(size);
    return this.#bytes.toString('utf8', at, at + size);
  }

  /** A view, not a copy. */
  raw(size: number): Buffer {
    const at = this.#advance(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** All that has not been read yet; a view. */
  rest(): Buffer {
    return this.raw(this.#bytes.length - this.#at);
  }

  /** @throws RangeError when there is less */
  #advance(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at)
      throw new RangeError(`${size} bytes are expected, ${this.#bytes.length - at} are left.`);
    this.#at += size;
    return at;
  }
}
