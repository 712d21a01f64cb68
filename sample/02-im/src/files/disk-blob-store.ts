import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ImError } from '../model/error.js';
import { BlobStore, type Blob } from '../ports/blob-store.js';

/** Enough to tell what kind of file it is. */
const HEAD_LENGTH = 64;
/** What a sweep looks up at once. */
const SWEPT_AT_ONCE = 500;

/** Files in a folder, which belongs to this process. Those that are not whole yet are in `incoming`. */
export class DiskBlobStore extends BlobStore {
  /** Keys of what is under way. */
  readonly #unsettled = new Set<string>();

  constructor(private readonly folder: string) {
    super();
  }

  async put(bytes: Readable, limit: number): Promise<Blob> {
    const name = randomBytes(12).toString('base64url');
    const temporary = join('incoming', name);
    // Before the file is there: a sweep that finds it knows whose it is.
    this.#unsettled.add(temporary);
    let key: string | undefined;
    try {
      await mkdir(join(this.folder, 'incoming'), { recursive: true });
      const { sha256, size, head } = await this.#write(bytes, temporary, limit);
      key = join(sha256.slice(0, 2), sha256.slice(2, 4), `${name}-${sha256}`);
      this.#unsettled.add(key);
      await mkdir(dirname(this.#pathOf(key)), { recursive: true });
      await rename(this.#pathOf(temporary), this.#pathOf(key));
      return { key, sha256, size, head };
    } catch (error) {
      await rm(this.#pathOf(temporary), { force: true });
      if (key !== undefined) this.settled(key);
      throw error;
    } finally {
      this.settled(temporary);
    }
  }

  settled(key: string): void {
    this.#unsettled.delete(key);
  }

  read(key: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.#pathOf(key), range);
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  async sweep(known: (keys: readonly string[]) => Promise<readonly string[]>): Promise<number> {
    let removed = 0;
    let keys: string[] = [];
    const sweepThese = async () => {
      // In this order: what was found and is settled by now has its row by now, or will have none.
      const settled = keys.filter((key) => !this.#unsettled.has(key));
      const kept = new Set(settled.length > 0 ? await known(settled) : []);
      const left = settled.filter((key) => !kept.has(key));
      for (const key of left) await this.remove(key);
      removed += left.length;
      keys = [];
    };
    await mkdir(this.folder, { recursive: true });
    for await (const key of this.#keysIn('')) {
      keys.push(key);
      if (keys.length >= SWEPT_AT_ONCE) await sweepThese();
    }
    await sweepThese();
    return removed;
  }

  async *#keysIn(folder: string): AsyncGenerator<string> {
    for (const entry of await readdir(this.#pathOf(folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* this.#keysIn(path);
      else yield path;
    }
  }

  async #write(bytes: Readable, temporary: string, limit: number): Promise<Omit<Blob, 'key'>> {
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
    await pipeline(bytes, measured, createWriteStream(this.#pathOf(temporary), { flush: true }));
    return { sha256: hash.digest('hex'), size, head };
  }

  #pathOf(key: string): string {
    return join(this.folder, key);
  }
}
