import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { MessageConversionException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';
import { asBuffer } from '../utils/as-buffer.js';

interface Charset {
  readonly name: string;
  readonly encoding: BufferEncoding;
  /** Whether the text is all that the bytes say. */
  readonly isWhole: (text: string, bytes: Uint8Array) => boolean;
  readonly hasText: (text: string) => boolean;
}

const UTF_8: Charset = { name: 'UTF-8', encoding: 'utf8', isWhole: isWholeUtf8, hasText: () => true };
const US_ASCII: Charset = {
  name: 'US-ASCII',
  encoding: 'latin1',
  isWhole: (_, bytes) => isAscii(bytes),
  hasText: isUpTo('\x7f'),
};
const ISO_8859_1: Charset = { name: 'ISO-8859-1', encoding: 'latin1', isWhole: () => true, hasText: isUpTo('\xff') };

/** By the names and aliases of the IANA registry that are in use, in lower case. */
const CHARSETS = new Map<string, Charset>([
  ['utf-8', UTF_8],
  ['utf8', UTF_8],
  ['us-ascii', US_ASCII],
  ['ascii', US_ASCII],
  ['iso-8859-1', ISO_8859_1],
  ['latin1', ISO_8859_1],
]);

/**
 * Bytes as text, in the `charset` of the content type or else in UTF-8.
 * @throws MessageConversionException when they are not in it, or when it is none of UTF-8, US-ASCII and ISO-8859-1
 */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  const { name, encoding, isWhole } = charsetOf(contentType);
  const text = asBuffer(bytes).toString(encoding);
  if (!isWhole(text, bytes)) throw new MessageConversionException(`The payload is not valid ${name}.`);
  return text;
}

/**
 * The other way round.
 * @throws MessageConversionException when the text has characters that the charset has not
 */
export function encodeText(text: string, contentType: string | undefined): Buffer {
  const { name, encoding, hasText } = charsetOf(contentType);
  if (!hasText(text)) throw new MessageConversionException(`The text to send has characters that ${name} has not.`);
  return Buffer.from(text, encoding);
}

const CHARSET_PARAMETER = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/i;

function charsetOf(contentType: string | undefined): Charset {
  const parameter = contentType === undefined ? null : CHARSET_PARAMETER.exec(contentType);
  if (!parameter) return UTF_8;
  const name = parameter[1] ?? parameter[2]!;
  const charset = CHARSETS.get(name.toLowerCase());
  if (charset) return charset;
  throw new MessageConversionException(
    `The charset ${quote(name)} cannot be read or written. Use UTF-8, US-ASCII or ISO-8859-1.`,
  );
}

/** What is wrong becomes U+FFFD, which may also have been sent: only then the bytes must be looked at again. */
function isWholeUtf8(text: string, bytes: Uint8Array): boolean {
  return !text.includes('\ufffd') || isUtf8(bytes);
}

function isUpTo(last: string): (text: string) => boolean {
  return (text) => {
    for (let i = 0; i < text.length; i++) if (text[i]! > last) return false;
    return true;
  };
}
