import { isReadableType } from '../messaging/content-type.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import type { Message } from '../messaging/message.js';

/** Nothing, or nothing but blanks where text is meant. */
export function isEmptyPayload({ payload, headers }: Message, converter: CompositeMessageConverter): boolean {
  if (payload.length === 0) return true;
  if (!isBlank(payload[0]!) || !payload.every(isBlank)) return false;
  const contentType = converter.contentTypeOf(headers);
  return contentType === undefined || isReadableType(contentType);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
