import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DiskBlobStore } from './files/disk-blob-store.js';
import { databasePath, IM_OPTIONS, type ImOptions } from './im-options.js';
import { MeasuredCommands } from './operations/measured-commands.js';
import { BlobStore } from './ports/blob-store.js';
import { IngestQueue } from './ports/ingest-queue.js';
import { LocalNotifyBus, NotifyBus } from './ports/notify-bus.js';
import { LocalPresenceStore, PresenceStore } from './ports/presence-store.js';
import { TimelineStore } from './ports/timeline-store.js';
import { openSqlite, type SqliteStore } from './sqlite/open-sqlite.js';

const STORAGE = Symbol('STORAGE');

/** What stands behind the ports: SQLite, the disk and this process. Another way to store is another module of this shape. */
@Global()
@Module({
  providers: [
    {
      provide: STORAGE,
      useFactory: async (options: ImOptions): Promise<SqliteStore> => {
        await mkdir(options.dataFolder, { recursive: true });
        const failPoint = options.failPoint === 'after-receipt' ? undefined : options.failPoint;
        return openSqlite({ path: databasePath(options), failPoint });
      },
      inject: [IM_OPTIONS],
    },
    {
      provide: MeasuredCommands,
      useFactory: ({ ingest }: SqliteStore) => new MeasuredCommands(ingest),
      inject: [STORAGE],
    },
    { provide: IngestQueue, useExisting: MeasuredCommands },
    { provide: TimelineStore, useFactory: ({ store }: SqliteStore) => store, inject: [STORAGE] },
    {
      provide: BlobStore,
      useFactory: ({ dataFolder }: ImOptions) => new DiskBlobStore(join(dataFolder, 'files')),
      inject: [IM_OPTIONS],
    },
    { provide: NotifyBus, useClass: LocalNotifyBus },
    { provide: PresenceStore, useFactory: () => new LocalPresenceStore() },
  ],
  exports: [MeasuredCommands, IngestQueue, TimelineStore, BlobStore, NotifyBus, PresenceStore],
})
export class StorageModule implements OnApplicationShutdown {
  constructor(
    private readonly ingest: IngestQueue,
    private readonly store: TimelineStore,
  ) {}

  /** After the last session has ended, and what it had sent is committed. */
  async onApplicationShutdown(): Promise<void> {
    await this.ingest.close();
    await this.store.close();
  }
}
