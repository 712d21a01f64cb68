import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { StompVersion } from './stomp-version.js';

// STOMP 1.2 “Value Encoding”. 1.0 knows no escapes, 1.1 has no “\r”.
const ESCAPED = { '\\': '\\\\', '\n': '\\n', ':': '\\c', '\r': '\\r' } as Record<string, string>;
const UNESCAPED = { '\\': '\\', n: '\n', c: ':', r: '\r' } as Record<string, string>;

const NEEDS_ESCAPE = /[\\\n\r:]/;
const TO_ESCAPE = /[\\\n\r:]/g;
const LINE_BREAKS = /[\r\n]/g;
const ESCAPE_SEQUENCE = /\\(.?)/gs;

export function escapeHeader(text: string, version: StompVersion): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  // Where a line break cannot be written it becomes a space: it must never end the header, or a frame could be forged.
  if (version === '1.0') return text.replace(LINE_BREAKS, ' ');
  return text.replace(TO_ESCAPE, (character) => (character === '\r' && version === '1.1' ? ' ' : ESCAPED[character]!));
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
