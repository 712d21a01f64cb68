import { isSendersOwn } from '../../frame/server-headers.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import { Message, MessageHeaders } from '../../messaging/message.js';
import { HeaderList } from '../../utils/header-list.js';
import { checkLimits } from './broker-limits.js';
import type { BrokerDialect } from './broker-dialect.js';

/**
 * What the servers before one broker tell each other of a message. No client sees headers of these names, and none that a client sends gets to the
 * broker: nobody can be left out in another's name.
 */
const MESSAGE_ID = 'simp-message-id';
const SENDER = 'simp-session';
const EXCLUDED = 'simp-excluded-session';

export interface OutgoingOptions {
  readonly messageId: string;
  /** Whether it must outlive the broker's restart, unless the sender says otherwise. */
  readonly isPersistent: boolean;
  /** Whether what the broker takes for an order is left out: what clients say must cost nobody the connection, and change no queue. */
  readonly isGuarded: boolean;
}

/**
 * The SEND for the broker: the sender's own headers and the servers', nothing that concerned the client's session.
 * @throws StompException when the broker has no such destination, or would end the connection
 */
export function toSendFrame(
  { payload, headers }: Message,
  dialect: BrokerDialect,
  options: OutgoingOptions,
): StompFrame {
  const { destination, sessionId, excludedSessionId, nativeHeaders } = headers;
  const list = new HeaderList().append('destination', dialect.toBroker(destination!));
  nativeHeaders.forEach((name, value) => {
    if (isForOthers(name) && (!options.isGuarded || dialect.isHarmless(name, value))) list.append(name, value);
  });
  if (options.isPersistent && !list.has('persistent')) list.append('persistent', 'true');
  list.append(MESSAGE_ID, options.messageId);
  if (sessionId !== undefined) list.append(SENDER, sessionId);
  if (excludedSessionId !== undefined) list.append(EXCLUDED, excludedSessionId);
  checkLimits(list, dialect.limits);
  return new StompFrame('SEND', list, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
}

/** A MESSAGE of the broker as one for clients. @param destination as clients know it */
export function fromMessageFrame({ headers, body }: StompFrame, destination: string): Message {
  const own = new HeaderList();
  headers.forEach((name, value) => {
    if (isForOthers(name)) own.append(name, value);
  });
  const delivery = headers.get('redelivered') === 'true' ? HeaderList.from({ redelivered: true }) : undefined;
  return new Message(
    body,
    MessageHeaders.of({
      destination,
      sessionId: headers.get(SENDER),
      excludedSessionId: headers.get(EXCLUDED),
      messageId: headers.get(MESSAGE_ID) ?? headers.get('message-id'),
      delivery,
      nativeHeaders: own,
    }),
  );
}

function isForOthers(name: string): boolean {
  return name === 'content-type' || isSendersOwn(name);
}
