// Imported, as wherever each message comes by: the global one is a getter.
import { Buffer } from 'node:buffer';

/** The same bytes with a Buffer's methods; not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
