import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import busboy from 'busboy';
import { CommandsService } from '../commands.service.js';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { ImError } from '../model/error.js';
import { BlobStore, type Blob } from '../ports/blob-store.js';
import type { Actor } from '../ports/ingest-queue.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { mimeTypeOf } from './mime-type.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Bytes of a refused upload that are read, and thrown away. */
const MOST_DISCARDED = 4_194_304;
/** How long a file may be there before a message refers to it. */
const UNUSED_LIFE = DAY;

@Injectable()
export class FilesService implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(FilesService.name);
  #timers: NodeJS.Timeout[] = [];
  #isOver = false;

  constructor(
    private readonly blobs: BlobStore,
    private readonly commands: CommandsService,
    private readonly store: TimelineStore,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  onModuleInit(): void {
    const collect = () => this.#inBackground(this.collect());
    const sweep = () => this.#inBackground(this.sweep());
    this.#timers = [setInterval(collect, HOUR).unref(), setInterval(sweep, DAY).unref()];
    // What the last process has left behind, if it was killed.
    sweep();
  }

  onModuleDestroy(): void {
    this.#isOver = true;
    this.#timers.forEach((timer) => clearInterval(timer));
  }

  /** Takes the one file of a form. @throws ImError BAD_REQUEST, TOO_LARGE */
  async upload(request: IncomingMessage, actor: Actor) {
    const { name, blob } = await this.#receive(request);
    const { key, sha256, size, head } = blob;
    const mime = mimeTypeOf(head);
    try {
      const file = { actor, sha256, size, mime, name, storageKey: key };
      const { fileId, storageKey } = await this.commands.execute('file.create', file);
      if (storageKey !== key) await this.blobs.remove(key);
      return { file_id: fileId, size, mime, name, sha256 };
    } catch (error) {
      // Whether the file was made after all is known if it was refused; of all else a sweep will know.
      if (error instanceof ImError && error.code !== 'STORAGE') await this.blobs.remove(key);
      throw error;
    } finally {
      this.blobs.settled(key);
    }
  }

  /** Removes what no message has referred to for a day. */
  async collect(before = Date.now() - UNUSED_LIFE): Promise<number> {
    const { storageKeys } = await this.commands.execute('file.collect', { before });
    for (const key of storageKeys) await this.blobs.remove(key);
    return storageKeys.length;
  }

  /** Removes bytes that are no file's: their upload was cut off by the end of the process, or their making failed. */
  sweep(): Promise<number> {
    return this.blobs.sweep((keys) => this.store.storedKeys(keys));
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#isOver || this.#logger.error(error));
  }

  #receive(request: IncomingMessage): Promise<{ name: string; blob: Blob }> {
    return new Promise((resolve, reject) => {
      let hasFailed = false;
      const fail = (error: unknown): void => {
        hasFailed = true;
        request.unpipe();
        discard(request);
        reject(error as Error);
      };
      const form = startForm(request);
      let isThere = false;
      form.on('file', (_field, stream, { filename }) => {
        isThere = true;
        // A line that is cut may fail it before anybody has begun to read.
        stream.on('error', () => fail(new ImError('BAD_REQUEST', 'The upload ended before the file did.')));
        const name = (filename || 'file').slice(0, 255);
        const put = this.blobs.put(stream, this.options.fileSizeLimit);
        put.then((blob) => (hasFailed ? this.#discard(blob) : resolve({ name, blob })), fail);
      });
      form.on('error', () => fail(new ImError('BAD_REQUEST', 'The form cannot be read.')));
      form.on('close', () => isThere || fail(new ImError('BAD_REQUEST', 'The form must have one field "file".')));
      request.on('close', () => request.complete || form.destroy());
      request.pipe(form);
    });
  }

  /** The file was whole, but not the form around it. */
  #discard({ key }: Blob): void {
    this.#inBackground(this.blobs.remove(key).then(() => this.blobs.settled(key)));
  }
}

function startForm(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields: 8, fieldSize: 1_024 },
    });
  } catch {
    throw new ImError('BAD_REQUEST', 'A file is uploaded as multipart/form-data, with one field "file".');
  }
}

/** A client that is cut off while it sends may not read the answer; one that sends for ever is cut off all the same. */
function discard(request: IncomingMessage): void {
  let left = MOST_DISCARDED;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}
