import { Buffer } from 'node:buffer';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import type { ProtectedPasscode } from './protected-passcode.js';
import type { Subscription } from './subscription.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';

/** What a message is about. Clients send all but MESSAGE; the server sends MESSAGE. */
export type MessageCommand =
  'CONNECT' | 'SEND' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'ACK' | 'NACK' | 'DISCONNECT' | 'MESSAGE';

/** What is known of a message beside its payload: the server's own knowledge, and the client's `nativeHeaders`. */
export class MessageHeaders {
  command: MessageCommand;
  destination?: string;
  /** The session that a message from a client came from, or that one to a client goes to. */
  sessionId?: string;
  /** The client's subscription id: on SUBSCRIBE, UNSUBSCRIBE and on MESSAGEs to a subscription. */
  subscriptionId?: string;
  /** On SUBSCRIBE and UNSUBSCRIBE: the subscription itself. */
  subscription?: Subscription;
  user?: PrincipalLike;
  /** On CONNECT. Among the `nativeHeaders` it reads `PROTECTED`, so that it gets into no log. */
  passcode?: ProtectedPasscode;
  sessionAttributes?: Map<string, unknown>;
  /** Unique and the same for every receiver of a MESSAGE. */
  messageId?: string;
  /** The destination as the client knows it, where `destination` is a resolved user destination. */
  originalDestination?: string;
  /** Resolved by the server for one session; no client's own destination or pattern ever matches it. */
  isPrivate: boolean;
  /** The session that is left out when the message is delivered (`@SendTo('/topic/x', { echo: false })`). */
  excludedSessionId?: string;
  /**
   * Whether somebody waits until the broker has taken it: a client for its RECEIPT, the application for a promise. A relay asks its broker to
   * confirm only then.
   */
  isAwaited: boolean;
  /** Of a relay: the pattern by which its broker has sent it, and for whose subscriptions alone it is. */
  feed?: string;
  /** On a MESSAGE: what the broker says of this delivery (`ack`, `redelivered`, `offset` …). */
  delivery?: HeaderList;
  /** On a MESSAGE: the subscription is over, and this is how the client learns of it. */
  isLast: boolean;
  /**
   * On a `Message` that answers a SUBSCRIBE, one item of a stream perhaps: its subscriber has acknowledged it. With `ack:auto` it counts
   * as acknowledged when it is sent. What it throws is logged.
   */
  onAck?: () => void;
  /** The same for NACK. It is not sent again. */
  onNack?: () => void;
  /** Headers that a handler adds to the RECEIPT of the frame; null: it gets none, for it has failed. */
  receiptHeaders?: HeaderList | null;
  /** STOMP headers: what the client sent, or what goes out to clients beside the server's own. */
  nativeHeaders: HeaderList;

  // Each by its name: several of these are made for every message, and a generic copy would take as long as all the rest of its way.
  constructor(init: Partial<MessageHeaders> = {}) {
    this.command = init.command ?? 'MESSAGE';
    this.destination = init.destination;
    this.sessionId = init.sessionId;
    this.subscriptionId = init.subscriptionId;
    this.subscription = init.subscription;
    this.user = init.user;
    this.passcode = init.passcode;
    this.sessionAttributes = init.sessionAttributes;
    this.messageId = init.messageId;
    this.originalDestination = init.originalDestination;
    this.isPrivate = init.isPrivate ?? false;
    this.excludedSessionId = init.excludedSessionId;
    this.isAwaited = init.isAwaited ?? true;
    this.feed = init.feed;
    this.delivery = init.delivery;
    this.isLast = init.isLast ?? false;
    this.onAck = init.onAck;
    this.onNack = init.onNack;
    this.receiptHeaders = init.receiptHeaders;
    this.nativeHeaders = init.nativeHeaders ?? new HeaderList();
  }

  static of(init: Partial<MessageHeaders>): MessageHeaders {
    return new MessageHeaders(init);
  }

  /** MIME type of the payload, of the `content-type` header. */
  get contentType(): string | undefined {
    return this.nativeHeaders.get('content-type');
  }
}

/** What the objects around a payload take up in the process, measured; and those around one header. */
const MESSAGE_SIZE = 640;
const HEADER_SIZE = 64;

/** A payload and its headers (Spring `Message<T>`). At the edges the payload is bytes. */
export class Message<T = Uint8Array> {
  constructor(
    readonly payload: T,
    readonly headers: MessageHeaders,
  ) {}

  /** A message for `destination`, with native headers from any list of pairs. */
  static to<T>(destination: string, payload: T, nativeHeaders?: HeaderInit): Message<T> {
    return new Message(
      payload,
      MessageHeaders.of({ command: 'SEND', destination, nativeHeaders: HeaderList.from(nativeHeaders) }),
    );
  }

  /** The same message with bytes of its own, for those who keep it longer than its handling takes. */
  copy(this: Message): Message {
    // Not one of the pool's, of which the smallest would keep 8 KiB.
    const payload = Buffer.allocUnsafeSlow(this.payload.length);
    payload.set(this.payload);
    return new Message(payload, this.headers);
  }

  /** About how many bytes it takes to keep: clients choose headers as freely as payloads, and may send very many empty messages. */
  size(this: Message): number {
    let size = MESSAGE_SIZE + this.payload.length;
    this.headers.nativeHeaders.forEach((name, value) => (size += HEADER_SIZE + name.length + value.length));
    return size;
  }

  /** The same message with some headers changed. */
  with(headers: Partial<MessageHeaders>): Message<T> {
    return new Message(this.payload, Object.assign(new MessageHeaders(this.headers), headers));
  }
}
