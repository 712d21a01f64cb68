import { ByteReader } from './byte-reader.js';

/**
 * What travels over the bus: the records that one server has written in one turn of the event loop.
 *
 *     magic 'NSC' | version | sender, 16 | target, 16 | sequence, 6 | records
 *     record: length, 4 | kind, 1 | …
 *
 * The sequence counts the batches of a sender. A gap tells its readers that they have missed something. A target of zeros means everyone.
 * A reader passes over kinds that it does not know, so that a version may add some.
 */
export const BATCH_HEADER_SIZE = 42;

/** Another version means that old and new servers cannot understand each other. */
export const PROTOCOL_VERSION = 1;

const MAGIC = Buffer.from('NSC');
const NOBODY = Buffer.alloc(16);

/** Kinds of records. Numbers are never used again for another meaning. */
export enum RecordKind {
  /** To subscriptions of a destination of the broker. */
  Topic = 1,
  /** To sessions of a user. */
  User = 2,
  /** A server is there. */
  Beat = 3,
  /** A server leaves. */
  Goodbye = 4,
  SessionAdded = 5,
  SessionRemoved = 6,
  SubscriptionAdded = 7,
  SubscriptionRemoved = 8,
  /** Asks a server for all of its sessions. */
  SnapshotWanted = 9,
  SnapshotBegin = 10,
  SnapshotEnd = 11,
  /** What is to be done to sessions of other servers. */
  Command = 12,
  /** A client's reply to a request of the application. */
  Reply = 13,
}

export interface BatchHeader {
  /** A server's id, 32 hexadecimal digits: new with each start of the process. */
  readonly sender: string;
  /** undefined: for all. */
  readonly target: string | undefined;
  readonly sequence: number;
}

export function writeBatchHeader(batch: Buffer, { sender, target, sequence }: BatchHeader): void {
  MAGIC.copy(batch, 0);
  batch[3] = PROTOCOL_VERSION;
  batch.write(sender, 4, 'hex');
  if (target === undefined) NOBODY.copy(batch, 20);
  else batch.write(target, 20, 'hex');
  batch.writeUIntLE(sequence, 36, 6);
}

/** @throws RangeError that says why these bytes are no batch of this version */
export function readBatchHeader(bytes: Uint8Array): BatchHeader {
  const reader = new ByteReader(bytes);
  if (!reader.raw(3).equals(MAGIC)) throw new RangeError('They are not from a server of this package.');
  const version = reader.uint8();
  if (version !== PROTOCOL_VERSION) {
    throw new RangeError(`They are of version ${version} of the protocol, this server speaks ${PROTOCOL_VERSION}.`);
  }
  const sender = reader.raw(16).toString('hex');
  const target = reader.raw(16);
  return {
    sender,
    target: target.equals(NOBODY) ? undefined : target.toString('hex'),
    sequence: reader.raw(6).readUIntLE(0, 6),
  };
}

/** @throws RangeError when a record is cut off; those before it have been visited */
export function readRecords(bytes: Uint8Array, visit: (kind: number, record: ByteReader) => void): void {
  const reader = new ByteReader(bytes);
  reader.raw(BATCH_HEADER_SIZE);
  while (!reader.isAtEnd) {
    const record = new ByteReader(reader.raw(reader.uint32()));
    visit(record.uint8(), record);
  }
}
