import { Message, MessageHeaders } from '../messaging/message.js';
import { HeaderList } from '../utils/header-list.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const HAS_ID = 1;
const HAS_EXCLUDED = 2;
const HAS_DELIVERY = 4;

/**
 * A message between servers: what its receivers get, and whom it is not for. Who has sent it concerns the server of the sender only, and no
 * session attributes, no credentials and no principal ever leave that.
 */
export function writeMessage(writer: ByteWriter, { payload, headers }: Message): void {
  const { destination, messageId, excludedSessionId, delivery, nativeHeaders } = headers;
  writer.text(destination!);
  writer.uint8(
    (messageId === undefined ? 0 : HAS_ID) |
      (excludedSessionId === undefined ? 0 : HAS_EXCLUDED) |
      (delivery === undefined ? 0 : HAS_DELIVERY),
  );
  if (messageId !== undefined) writer.text(messageId);
  if (excludedSessionId !== undefined) writer.text(excludedSessionId);
  if (delivery) writeHeaders(writer, delivery);
  writeHeaders(writer, nativeHeaders);
  writer.raw(payload);
}

/** Where the message goes: read first, since most of the rest need not be read where nobody wants it. */
export function readDestination(record: ByteReader): string {
  return record.text();
}

/** The rest. The payload is a view of the record. */
export function readMessage(record: ByteReader, destination: string): Message {
  const flags = record.uint8();
  const headers = MessageHeaders.of({ command: 'SEND', destination });
  if (flags & HAS_ID) headers.messageId = record.text();
  if (flags & HAS_EXCLUDED) headers.excludedSessionId = record.text();
  if (flags & HAS_DELIVERY) headers.delivery = readHeaders(record);
  headers.nativeHeaders = readHeaders(record);
  return new Message(record.rest(), headers);
}

function writeHeaders(writer: ByteWriter, headers: HeaderList): void {
  writer.varint(headers.size);
  headers.forEach((name, value) => writer.text(name).text(value));
}

function readHeaders(record: ByteReader): HeaderList {
  const headers = new HeaderList();
  for (let count = record.varint(); count > 0; count--) headers.append(record.text(), record.text());
  return headers;
}
