import type { OutboundFrame } from '../client-connection.js';

// What a SockJS client receives (sockjs-protocol “Framing accepted by the client”).

export const OPEN_FRAME = 'o';
export const HEARTBEAT_FRAME = 'h';

export function closeFrame(code: number, reason: string): string {
  return `c[${code},${quote(reason)}]`;
}

/** An array of one message, made once for all receivers. SockJS carries text only, so a frame that is not is decoded all the same. */
export function arrayFrame(frame: OutboundFrame): string {
  return (frame.sockJsFrame ??= `a[${quote(frame.bytes.toString())}]`);
}

/** Several messages in one array. */
export function joinedArrayFrame(frames: readonly OutboundFrame[]): string {
  if (frames.length === 1) return arrayFrame(frames[0]!);
  return `a[${frames.map((frame) => arrayFrame(frame).slice(2, -1)).join(',')}]`;
}

/** Characters that browsers change or drop on their way (sockjs-protocol “JSON Unicode Encoding”); `JSON.stringify` sees to the others. */
const FRAGILE = /[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/g;

function quote(text: string): string {
  return JSON.stringify(text).replace(FRAGILE, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/**
 * The messages in what a client has sent: a JSON array of strings, or one string.
 * @returns undefined when it is neither
 */
export function parseMessages(text: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const messages = typeof parsed === 'string' ? [parsed] : parsed;
  return isStrings(messages) ? messages : undefined;
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
