import { quote } from '../exceptions/stomp.exception.js';
import type { Message } from '../messaging/message.js';

/** A client's frame in a sentence: its command, and where it was to go. */
export function describeFrame({ headers: { command, destination } }: Message): string {
  return destination === undefined ? command : `${command} ${quote(destination, 100)}`;
}
