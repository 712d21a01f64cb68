import type { StompFrame } from '../frame/stomp-frame.js';
import { decodeText } from '../messaging/charset.js';
import { isJsonType, isReadableType } from '../messaging/content-type.js';

/**
 * What a frame's body says, by its content type: the value of JSON, text of text and where no content type is named, bytes of
 * everything else.
 * @throws SyntaxError when it is no JSON; MessageConversionException when it is no text
 *
 * @example
 * expect(bodyOf<Price>(frame).amount).toBe(42);
 */
export function bodyOf<T = unknown>({ headers, body }: StompFrame): T {
  const contentType = headers.get('content-type');
  if (isJsonType(contentType)) return JSON.parse(decodeText(body, contentType)) as T;
  return (contentType === undefined || isReadableType(contentType) ? decodeText(body, contentType) : body) as T;
}
