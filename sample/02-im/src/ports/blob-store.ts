import type { Readable } from 'node:stream';

/** Where the bytes of files are. Keys are those of the server's, never a client's text. */
export abstract class BlobStore {
  /**
   * Takes a whole stream, or nothing of it.
   * @throws ImError TOO_LARGE beyond `limit` bytes; the rest is not read
   */
  abstract put(bytes: Readable, limit: number): Promise<{ key: string; sha256: string; size: number; head: Buffer }>;
  /** @param range in bytes, both ends included */
  abstract read(key: string, range?: { start: number; end: number }): Readable;
  abstract remove(key: string): Promise<void>;
}
