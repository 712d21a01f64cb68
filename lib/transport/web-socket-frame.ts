import { Buffer } from 'node:buffer';
import type { OutboundFrame } from './client-connection.js';

/** The frame with a WebSocket header before it, made once for all receivers. */
export function plainFrame(frame: OutboundFrame): Buffer {
  return (frame.webSocketFrame ??= headed(frame));
}

/** One whole, unmasked message, as servers send them (RFC 6455 “Base Framing Protocol”). */
export function webSocketFrame(payload: Buffer, isText: boolean, isDeflated = false): Buffer {
  const headLength = headLengthOf(payload.length);
  const frame = Buffer.allocUnsafeSlow(headLength + payload.length);
  writeHead(frame, headLength, isText, isDeflated);
  payload.copy(frame, headLength);
  return frame;
}

/** Without a copy, where there is room for the head. */
function headed(frame: OutboundFrame): Buffer {
  const { memory, start = 0, length, isText } = frame;
  const headLength = headLengthOf(length);
  if (!memory || start < headLength) return webSocketFrame(frame.bytes, isText);
  const headed = memory.subarray(start - headLength, start + length);
  writeHead(headed, headLength, isText, false);
  return headed;
}

function headLengthOf(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHead(frame: Buffer, headLength: number, isText: boolean, isDeflated: boolean): void {
  const length = frame.length - headLength;
  frame[0] = isText ? 0x81 : 0x82; // FIN and the opcode
  if (isDeflated) frame[0] |= 0x40; // RSV1 (RFC 7692 section 6)
  if (headLength === 2) {
    frame[1] = length;
  } else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}

/** The text as a close reason: those may have 123 bytes (RFC 6455 “Control Frames”). */
export function closeReason(reason: string): string {
  if (Buffer.byteLength(reason) <= 123) return reason;
  const bytes = Buffer.from(reason);
  let end = 120;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** A code that may stand in a close frame; 1000 for one that may not. */
export function closeCode(code: number): number {
  const isReserved = [1004, 1005, 1006].includes(code);
  const isKnown = (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
  return Number.isInteger(code) && isKnown ? code : 1000;
}
