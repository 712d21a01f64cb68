import type { Readable } from 'node:stream';

/** Bytes that have been put. */
export interface Blob {
  /** The server's own, never a client's text; the same bytes that are put again have another one. */
  readonly key: string;
  readonly sha256: string;
  readonly size: number;
  /** The first bytes. */
  readonly head: Buffer;
}

/**
 * Where the bytes of files are. They come before the row that refers to them, and go after it: so what no row refers to is either under way,
 * which the store knows, or left behind, which a sweep finds. A key that no row has any more gets none again.
 */
export abstract class BlobStore {
  /**
   * Takes a whole stream, or nothing of it. Until it is settled, sweeps leave it alone.
   * @throws ImError TOO_LARGE beyond `limit` bytes; the rest is not read
   */
  abstract put(bytes: Readable, limit: number): Promise<Blob>;
  /** A row refers to it now, or none ever will. */
  abstract settled(key: string): void;
  /** @param range in bytes, both ends included */
  abstract read(key: string, range?: { start: number; end: number }): Readable;
  abstract remove(key: string): Promise<void>;
  /**
   * Removes what a crash or a failure has left behind.
   * @param known which of the keys rows refer to
   * @returns how many have gone
   */
  abstract sweep(known: (keys: readonly string[]) => Promise<readonly string[]>): Promise<number>;
}
