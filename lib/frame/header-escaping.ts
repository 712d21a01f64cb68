import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { StompVersion } from './stomp-version.js';

// STOMP 1.2 “Value Encoding”. 1.0 knows no escapes, 1.1 has no “\r”.
const ESCAPED = { '\\': '\\\\', '\n': '\\n', ':': '\\c', '\r': '\\r' } as Record<string, string>;
const UNESCAPED = { '\\': '\\', n: '\n', c: ':', r: '\r' } as Record<string, string>;

const NEEDS_ESCAPE = /[\\\n\r:\0]/;
const TO_ESCAPE = /[\\\n\r:\0]/g;
const LINE_BREAKS = /[\r\n\0]/g;
const LINE_BREAKS_AND_COLONS = /[\r\n\0:]/g;
const ESCAPE_SEQUENCE = /\\(.?)/gs;

/**
 * What cannot be written becomes a space: a line break or a NUL must never end the header, or a frame could be forged.
 */
export function escapeHeader(text: string, version: StompVersion): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  if (version === '1.0') return text.replace(LINE_BREAKS, ' ');
  return text.replace(TO_ESCAPE, (character) =>
    character === '\r' && version === '1.1' ? ' ' : (ESCAPED[character] ?? ' '),
  );
}

/** A name may not have a colon either where there are no escapes: what is behind it would become the value. */
export function escapeHeaderName(name: string, version: StompVersion): string {
  return version === '1.0' ? name.replace(LINE_BREAKS_AND_COLONS, ' ') : escapeHeader(name, version);
}

export function unescapeHeader(text: string, version: StompVersion): string {
  if (version === '1.0' || !text.includes('\\')) return text;
  return text.replace(ESCAPE_SEQUENCE, (sequence, escaped: string) => {
    const character = escaped === '' || (escaped === 'r' && version === '1.1') ? undefined : UNESCAPED[escaped];
    if (character === undefined) {
      throw new StompException(
        'STOMP_ERR_MALFORMED_FRAME',
        `The header ${quote(text)} has ${quote(sequence)}, which is no escape sequence of STOMP ${version}.`,
      );
    }
    return character;
  });
}
