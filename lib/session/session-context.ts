import type { StompException } from '../exceptions/stomp.exception.js';
import type { Handshake } from '../interfaces/handshake.interface.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { DecoderLimits } from '../frame/stomp-decoder.js';
import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import type { Deliveries } from '../messaging/deliveries.js';
import type { Message } from '../messaging/message.js';
import type { MessageChannel } from '../messaging/message-channel.js';
import type { HeaderList } from '../utils/header-list.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { TimerWheel } from '../utils/timer-wheel.js';
import type { Audit } from './audit.js';
import type { FramesUnderWay } from './frames-under-way.js';
import type { MessageEncoder } from './message-encoder.js';
import type { SessionCounters } from './session-counters.js';
import type { StompEventPublisher } from './session-events.js';
import type { StompSession } from './stomp-session.js';
import type { UserSessionLimit } from './user-session-limit.js';
import type { TransactionLimits } from './transactions.js';

/** What `authenticate` is asked about: a client that wants to connect. */
export interface ConnectRequest {
  /** The headers of the CONNECT frame. */
  readonly headers: HeaderList;
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  readonly handshake: Handshake;
  readonly session: StompSession;
}

/** @returns the session's user, or nothing to go on with the handshake's. @throws to refuse the client */
export type Authenticate = (connect: ConnectRequest) => MaybePromise<PrincipalLike | null | undefined | void>;

/** An ERROR frame that is about to be sent. */
export interface ErrorReply {
  /** Why. Its `cause` is what a handler or an interceptor threw, if one did. */
  readonly exception: StompException;
  readonly session: StompSession;
  /** `message`, `code`, `receipt-id`, `content-type` … */
  readonly headers: HeaderList;
  body: string;
}

/** Changes the headers and the body of an ERROR frame before the client gets it (Spring `StompSubProtocolErrorHandler`). */
export type ErrorHandler = (reply: ErrorReply) => void;

/** What a failure looks like to the client: nothing of the server's internals. */
export interface ErrorDescription {
  readonly code: string;
  readonly message: string;
  /** More for programs, such as the fields that failed validation. */
  readonly details?: unknown;
  /** The client may not do what it wanted to do. */
  readonly isDenied?: boolean;
  /** Nobody has foreseen this error: it is logged with its stack. */
  readonly isUnexpected: boolean;
}

export interface SessionLog {
  debug(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

/** What is sent to other servers, as far as the answer to a frame depends on it. */
export interface Publishing {
  /** How far it is, before a frame is handled. */
  mark(): number;
  /**
   * Settles when what has been sent since the mark is on its way, if the client waits for an answer, and when there is room for more.
   * @throws BrokerUnavailableException when it is not, or nobody knows
   */
  settled(since: number, isAnswered: boolean): MaybePromise<void>;
}

/** What all sessions share. */
export interface SessionContext {
  readonly inbound: MessageChannel;
  readonly outbound: ClientOutboundChannel;
  readonly deliveries: Deliveries;
  readonly events: StompEventPublisher;
  readonly audit: Audit;
  readonly counters: SessionCounters;
  readonly encoder: MessageEncoder;
  readonly framesUnderWay: FramesUnderWay;
  readonly wheel: TimerWheel;
  readonly log: SessionLog;
  readonly authenticate: Authenticate;
  /** Counts the frames of a transaction against the rate limits. @throws RateLimitExceededException when they come too fast */
  readonly admit: (messages: readonly Message[]) => void;
  /** Tells those who must know that the session's user is another object now, with other roles perhaps. */
  readonly renewed: (session: StompSession) => MaybePromise<void>;
  /** Tells the broker that a subscription is over. */
  readonly subscriptionEnded: (sessionId: string, subscriptionId: string) => void;
  /** undefined: there are no other servers. */
  readonly publishing: Publishing | undefined;
  /** Settles when the broker has been handed all that the session has sent. */
  readonly flush: (sessionId: string) => MaybePromise<void>;
  readonly describeError: (error: unknown) => ErrorDescription;
  readonly errorHandler: ErrorHandler;
  readonly limits: DecoderLimits;
  readonly userSessions: UserSessionLimit;
  readonly subscriptionLimit: number;
  /** Of all subscriptions of a session together, in bytes. */
  readonly subscriptionSizeLimit: number;
  readonly transactionLimits: TransactionLimits;
  readonly timeToFirstMessage: number;
  readonly heartbeat: readonly [send: number, receive: number];
  /** What a client subscribes to in order to hear of its errors, such as `/user/queue/errors`. */
  readonly errorDestination: string;
}
