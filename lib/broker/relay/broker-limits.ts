import { MessageDeliveryException } from '../../exceptions/messaging.exception.js';
import { quote } from '../../exceptions/stomp.exception.js';
import { escapeHeader, escapeHeaderName } from '../../frame/header-escaping.js';
import type { HeaderList } from '../../utils/header-list.js';

/** Beyond which a broker ends the connection, or carries out less than it was asked for. */
export interface BrokerLimits {
  /** Headers of a frame. */
  readonly headerCount: number;
  /** Bytes of a header as it is sent. */
  readonly headerLength: number;
  /** Messages of a transaction. */
  readonly transaction: number;
}

/** What is added when a frame is sent: `receipt`, `transaction`, `content-length`. */
const ADDED = 3;
/** Bytes of a character, or of the escape that stands for it. */
const WIDEST = 3;

/** @throws MessageDeliveryException when the broker would end the connection for a frame with these headers */
export function checkLimits(headers: HeaderList, { headerCount, headerLength }: BrokerLimits): void {
  if (headers.size + ADDED > headerCount) {
    throw new MessageDeliveryException(
      `The message has ${headers.size} headers with those of the server; the broker takes ${headerCount - ADDED}.`,
    );
  }
  headers.forEach((name, value) => {
    if (WIDEST * (name.length + value.length) < headerLength) return;
    const line = `${escapeHeaderName(name, '1.2')}:${escapeHeader(value, '1.2')}`;
    if (Buffer.byteLength(line) <= headerLength) return;
    const sentence = `The header ${quote(name)} is longer than the ${headerLength} bytes that the broker takes.`;
    throw new MessageDeliveryException(sentence);
  });
}
