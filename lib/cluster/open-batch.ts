import { BATCH_HEADER_SIZE, type RecordKind } from './batch.js';
import { ByteWriter } from './byte-writer.js';

/** A batch that has all of its records. */
export interface ClosedBatch {
  /** Its header is still to be written. */
  readonly bytes: Buffer;
  readonly target: string | undefined;
  readonly messages: number;
  /** The number of the first message, if there is one. */
  readonly first: number;
}

/** The batch that records are added to. */
export class OpenBatch {
  readonly #writer = new ByteWriter();
  target: string | undefined;
  messages = 0;
  first = 0;

  /** Bytes of the records. */
  get size(): number {
    return Math.max(this.#writer.length - BATCH_HEADER_SIZE, 0);
  }

  /** @param message its number, or 0 for what is no message */
  add(kind: RecordKind, body: (writer: ByteWriter) => void, target: string | undefined, message: number): void {
    const writer = this.#writer;
    if (writer.length === 0) writer.skip(BATCH_HEADER_SIZE);
    this.target = target;
    if (message > 0 && ++this.messages === 1) this.first = message;
    const start = writer.skip(4);
    body(writer.uint8(kind));
    writer.patchUint32(writer.length - start - 4, start);
  }

  /** Hands it over and begins another. */
  take(): ClosedBatch {
    const { target, messages, first } = this;
    const bytes = this.#writer.take();
    [this.target, this.messages, this.first] = [undefined, 0, 0];
    return { bytes, target, messages, first };
  }
}
