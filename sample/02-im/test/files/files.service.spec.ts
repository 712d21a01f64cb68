import { PassThrough } from 'node:stream';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CommandsService } from '../../src/commands.service.js';
import { DiskBlobStore } from '../../src/files/disk-blob-store.js';
import { FilesService } from '../../src/files/files.service.js';
import { optionsFromEnvironment } from '../../src/im-options.js';
import { ImError } from '../../src/model/error.js';
import type { CommandName } from '../../src/ports/ingest-queue.js';
import { LocalNotifyBus } from '../../src/ports/notify-bus.js';
import { actor, TemporaryStore } from '../sqlite/temporary-store.js';

describe('The bytes of files', () => {
  let im: TemporaryStore;
  let folder: string;
  let blobs: DiskBlobStore;
  let files: FilesService;
  /** What happens around the next commands of this name. */
  let around: Partial<Record<CommandName, (carryOut: () => Promise<unknown>) => Promise<unknown>>>;

  beforeEach(async () => {
    im = await TemporaryStore.open();
    await im.users('alice', 'bob');
    folder = join(im.folder, 'files');
    blobs = new DiskBlobStore(folder);
    around = {};
    const execute = (name: CommandName, input: never) => {
      const carryOut = (): Promise<unknown> => im.ingest.execute(name, input);
      return around[name]?.(carryOut) ?? carryOut();
    };
    const options = optionsFromEnvironment({});
    const commands = new CommandsService({ execute } as never, new LocalNotifyBus(), options);
    files = new FilesService(blobs, commands, im.store, options);
  });

  afterEach(() => im.remove());

  const upload = (userId: string, text: string) => {
    const request = Object.assign(new PassThrough(), {
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      complete: true,
    });
    const head = 'Content-Disposition: form-data; name="file"; filename="a.txt"';
    request.end(`--b\r\n${head}\r\n\r\n${text}\r\n--b--\r\n`);
    return files.upload(request as unknown as IncomingMessage, actor(userId));
  };

  const onDisk = async (): Promise<string[]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  const content = async (userId: string, fileId: string): Promise<string> => {
    const { storageKey } = await im.store.file(userId, fileId);
    return (await buffer(blobs.read(storageKey))).toString();
  };

  const collectAll = () => {
    im.now += 1_000;
    return files.collect(im.now);
  };

  it('are there once, whoever has uploaded them', async () => {
    const uploaded = await Promise.all(['alice', 'bob', 'alice'].map((userId) => upload(userId, 'same')));
    expect(new Set(uploaded.map(({ file_id }) => file_id)).size).toBe(2);
    expect(await onDisk()).toHaveLength(1);
    expect(await content('bob', uploaded[1]!.file_id)).toBe('same');
    expect(await collectAll()).toBe(1);
    expect(await onDisk()).toEqual([]);
  });

  it.each(['alice', 'bob'])('are there if %s uploads them while those of before are collected', async (userId) => {
    await upload('alice', 'same');
    // The bytes are on the disk; then the collector comes; then the row is made.
    around['file.create'] = async (create) => {
      around = {};
      expect(await collectAll()).toBe(1);
      return create();
    };
    const { file_id } = await upload(userId, 'same');
    expect(await content(userId, file_id)).toBe('same');
    expect(await onDisk()).toHaveLength(1);
  });

  it('are there if they are uploaded after the collector has forgotten those of before, and before it has removed them', async () => {
    await upload('alice', 'same');
    let fileId: string | undefined;
    around['file.collect'] = async (collect) => {
      around = {};
      const collected = await collect();
      ({ file_id: fileId } = await upload('alice', 'same'));
      return collected;
    };
    expect(await collectAll()).toBe(1);
    expect(await content('alice', fileId!)).toBe('same');
    expect(await onDisk()).toHaveLength(1);
  });

  it('do not stay if their file is refused', async () => {
    around['file.create'] = async () => {
      throw new ImError('BUSY', 'Too many requests wait to be stored');
    };
    await expect(upload('alice', 'refused')).rejects.toMatchObject({ code: 'BUSY' });
    expect(await onDisk()).toEqual([]);
  });

  it('are swept if the disk has failed at their file, and stay if the file was made after all', async () => {
    let isMade = false;
    around['file.create'] = async (create) => {
      if (isMade) await create();
      throw new ImError('STORAGE', 'The thread of the message store is gone');
    };
    await expect(upload('alice', 'lost')).rejects.toMatchObject({ code: 'STORAGE' });
    isMade = true;
    await expect(upload('alice', 'made')).rejects.toMatchObject({ code: 'STORAGE' });
    expect(await onDisk()).toHaveLength(2);
    expect(await files.sweep()).toBe(1);
    around = {};
    expect(await content('alice', (await upload('alice', 'made')).file_id)).toBe('made');
    expect(await onDisk()).toHaveLength(1);
  });

  it('are not swept while their file is being made', async () => {
    around['file.create'] = async (create) => {
      expect(await files.sweep()).toBe(0);
      return create();
    };
    const { file_id } = await upload('alice', 'kept');
    expect(await files.sweep()).toBe(0);
    expect(await content('alice', file_id)).toBe('kept');
  });

  it('are not swept while they come', async () => {
    const bytes = new PassThrough();
    bytes.write('some, ');
    const put = blobs.put(bytes, 1_000);
    while ((await onDisk().catch(() => [])).length === 0) await new Promise(setImmediate);
    expect(await files.sweep()).toBe(0);
    bytes.end('and the rest');
    expect((await buffer(blobs.read((await put).key))).toString()).toBe('some, and the rest');
  });

  it('that a process has left behind are swept, however many, and none of those of files', async () => {
    const { file_id } = await upload('alice', 'kept');
    await mkdir(join(folder, 'incoming'), { recursive: true });
    await mkdir(join(folder, 'ab/cd'), { recursive: true });
    for (let index = 0; index < 600; index++) await writeFile(join(folder, 'incoming', `${index}`), 'half');
    await writeFile(join(folder, 'ab/cd/abcd'), 'of an upload before keys were its own');
    expect(await files.sweep()).toBe(601);
    expect(await onDisk()).toHaveLength(1);
    expect(await content('alice', file_id)).toBe('kept');
  });
});
