import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ImError } from '../model/error.js';
import { BlobStore } from '../ports/blob-store.js';

/** Enough to tell what kind of file it is. */
const HEAD_LENGTH = 64;

/** Files in a folder, each under the hash of its bytes: the same bytes are there once. */
export class DiskBlobStore extends BlobStore {
  constructor(private readonly folder: string) {
    super();
  }

  async put(bytes: Readable, limit: number) {
    const temporary = join(this.folder, 'incoming', randomUUID());
    await mkdir(dirname(temporary), { recursive: true });
    const hash = createHash('sha256');
    let size = 0;
    let head = Buffer.alloc(0);
    const measured = new Transform({
      transform(chunk: Buffer, _, done) {
        size += chunk.length;
        if (size > limit) return done(new ImError('TOO_LARGE', `A file may have at most ${limit} bytes.`));
        if (head.length < HEAD_LENGTH) head = Buffer.concat([head, chunk]).subarray(0, HEAD_LENGTH);
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await pipeline(bytes, measured, createWriteStream(temporary, { flush: true }));
      const sha256 = hash.digest('hex');
      const key = join(sha256.slice(0, 2), sha256.slice(2, 4), sha256);
      await mkdir(dirname(join(this.folder, key)), { recursive: true });
      await rename(temporary, join(this.folder, key));
      return { key, sha256, size, head };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  read(key: string, range?: { start: number; end: number }): Readable {
    return createReadStream(join(this.folder, key), range);
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.folder, key), { force: true });
  }
}
