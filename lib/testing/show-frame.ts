import { isUtf8 } from 'node:buffer';
import type { StompFrame } from '../frame/stomp-frame.js';

const LONGEST_TEXT = 500;
const MOST_OCTETS = 48;

/** A frame as people read it: command, headers and the beginning of its body, as text or in hexadecimal. */
export function showFrame({ command, headers, body }: StompFrame): string {
  const lines = [command, ...[...headers].map(([name, value]) => `${name}:${value}`)];
  if (body.length > 0) lines.push('', isUtf8(body) ? showText(body.toString()) : showOctets(body));
  return lines.join('\n');
}

/** Several, each with its lines indented; only so many are shown. */
export function showFrames(frames: readonly StompFrame[], most = 5): string {
  const shown = frames.slice(0, most).map((frame) => showFrame(frame).replace(/^(?=.)/gm, '  '));
  if (frames.length > most) shown.push(`  … and ${frames.length - most} more`);
  return shown.join('\n\n');
}

/** The beginning of a text that is long. */
export function showText(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text;
}

function showOctets(body: Buffer): string {
  const shown = body
    .subarray(0, MOST_OCTETS)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return `<${body.length} octets: ${shown}${body.length > MOST_OCTETS ? ' …' : ''}>`;
}
