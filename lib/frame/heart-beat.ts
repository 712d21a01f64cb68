import { StompException, quote } from '../exceptions/stomp.exception.js';

/** Milliseconds; 0 means never. */
export interface HeartBeatInterval {
  /** How often this server must be heard. */
  readonly send: number;
  /** How often the client must be heard. */
  readonly receive: number;
}

const HEART_BEAT_HEADER = /^(\d{1,10}),(\d{1,10})$/;

const LF = 0x0a;
const CR = 0x0d;

/** Node fires timers at once whose delay is above this. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * What both sides have agreed upon (STOMP 1.2 “Heart-beating”): each direction beats at the slower of what the sender can and
 * the receiver wants, or not at all if either says 0.
 */
export function negotiateHeartBeat(
  clientHeader: string | undefined,
  [serverSend, serverReceive]: readonly [number, number],
): HeartBeatInterval {
  const match = HEART_BEAT_HEADER.exec(clientHeader ?? '0,0');
  if (!match) {
    throw new StompException(
      'STOMP_ERR_INVALID_HEADER',
      `The heart-beat header ${quote(clientHeader!)} must be two numbers of milliseconds divided by a comma, such as 10000,10000.`,
    );
  }
  return { send: slower(serverSend, Number(match[2])), receive: slower(serverReceive, Number(match[1])) };
}

/** Whether a message of the transport is no more than an EOL. An EOL that comes along with a frame only ends it. */
export function isHeartBeat(bytes: Buffer): boolean {
  if (bytes.length === 1) return bytes[0] === LF;
  return bytes.length === 2 && bytes[0] === CR && bytes[1] === LF;
}

function slower(can: number, wants: number): number {
  return can === 0 || wants === 0 ? 0 : Math.min(Math.max(can, wants), LONGEST_DELAY);
}
