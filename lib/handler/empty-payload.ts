import type { Message } from '../messaging/message.js';

const BINARY = /^\s*application\/octet-stream/i;

/** Nothing, or nothing but blanks where text is meant. */
export function isEmptyPayload({ payload, headers }: Message): boolean {
  if (payload.length === 0) return true;
  if (!isBlank(payload[0]!)) return false;
  return !BINARY.test(headers.contentType ?? '') && payload.every(isBlank);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
