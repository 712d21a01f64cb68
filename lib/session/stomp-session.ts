import type { IncomingHttpHeaders } from 'node:http';
import { AccessDeniedException } from '../exceptions/access-denied.exception.js';
import { MessagingException } from '../exceptions/messaging.exception.js';
import { CloseCode, quote, StompException } from '../exceptions/stomp.exception.js';
import { isHeartBeat, type HeartBeatInterval } from '../frame/heart-beat.js';
import { StompDecoder } from '../frame/stomp-decoder.js';
import { HEART_BEAT } from '../frame/encoded-frame.js';
import { encode } from '../frame/stomp-encoder.js';
import { StompFrame } from '../frame/stomp-frame.js';
import type { StompVersion } from '../frame/stomp-version.js';
import type { Handshake } from '../interfaces/handshake.interface.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { Message, MessageHeaders, type MessageCommand } from '../messaging/message.js';
import type { MessageReceiver, Subscription } from '../messaging/subscription.js';
import type { ClientConnection, ConnectionListener, OutboundFrame } from '../transport/client-connection.js';
import { HeaderList } from '../utils/header-list.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import { checkPrincipal, destinationUserName, expiryOf, hasExpired } from '../utils/principal.js';
import type { WheelTimer } from '../utils/timer-wheel.js';
import type { ReceiptHeaders } from './commands/client-command.js';
import { SlowConsumerEvent } from './audit-events.js';
import { detailsOf } from './audit.js';
import { CLIENT_COMMANDS } from './commands/index.js';
import { errorFrame } from './error-frame.js';
import { reportEnd, reportEvent, reportFailure, reportLateFailure } from './failure-report.js';
import { HeartBeats } from '../frame/heart-beats.js';
import type { SessionContext } from './session-context.js';
import { SessionDisconnectEvent, SessionUnsubscribeEvent } from './session-events.js';
import { expired, SessionExpiry } from './session-expiry.js';
import { SessionSubscriptions, type SessionSubscription } from './session-subscriptions.js';
import { checkAccepted, StompSessionState } from './stomp-session-state.js';
import { Transactions } from './transactions.js';

/** How long what a client has left behind may take, in milliseconds. */
const LEGACY_TIME = 5_000;
/** So many bytes may wait for a client before work is given to others that read faster. */
const WRITABLE_BELOW = 65_536;

/**
 * One client's conversation: bytes come in, frames are read and carried out strictly one after another, and a RECEIPT
 * follows each frame that asked for one once it has taken effect. A frame that waits (a slow handler, a look-up) holds up
 * this session only; meanwhile the client is made to wait too.
 */
export class StompSession implements ConnectionListener, MessageReceiver {
  readonly id: string;
  readonly handshake: Handshake;
  readonly transactions: Transactions;
  readonly #subscriptions: SessionSubscriptions;
  readonly #decoder: StompDecoder;
  /** Undefined as long as nobody has wanted to know. */
  #endListeners: Set<() => void> | undefined;
  /** Undefined as long as none are agreed upon. */
  #heartBeats: HeartBeats | undefined;
  /** Undefined as long as no credentials expire. */
  #expiry: SessionExpiry | undefined;
  #firstMessage: WheelTimer | undefined;
  #state = StompSessionState.Open;
  #version: StompVersion = '1.2';
  #user: PrincipalLike | undefined;
  #isBusy = false;
  #isPaused = false;
  #isDraining = false;
  #wasConnected = false;
  #hasLeft = false;
  #closeCode = 0;
  /** The client has closed while frames of its own were waiting: they are still carried out. */
  #legacy: { readonly code: number; readonly timer: WheelTimer } | undefined;

  constructor(
    private readonly connection: ClientConnection,
    private readonly context: SessionContext,
    /** Called once, when the connection is closed. */
    private readonly onGone: (session: StompSession) => void = () => {},
  ) {
    this.id = connection.id;
    this.handshake = connection.handshake;
    this.#user = connection.handshake.principal;
    this.transactions = new Transactions(context.transactionLimits);
    this.#subscriptions = new SessionSubscriptions(this.id, context, (listener) => this.#guarded(listener));
    this.#decoder = new StompDecoder(context.limits);
    this.#firstMessage = context.wheel.after(context.timeToFirstMessage, () => this.#neverConnected());
    connection.listen(this);
  }

  get state(): StompSessionState {
    return this.#state;
  }

  /** Who this session belongs to: the user that CONNECT established, else the handshake's; as `renew` has left it. */
  get user(): PrincipalLike | undefined {
    return this.#user;
  }

  get attributes(): Map<string, unknown> {
    return this.handshake.attributes;
  }

  /** Headers of the HTTP request that opened the session, so that guards written for HTTP find them. */
  get headers(): IncomingHttpHeaders {
    return this.handshake.headers;
  }

  get url(): string {
    return this.handshake.url;
  }

  get query(): Readonly<Record<string, string>> {
    return this.handshake.query;
  }

  get ip(): string {
    return this.handshake.ip;
  }

  get version(): StompVersion {
    return this.#version;
  }

  /** `websocket`, `xhr_streaming` … */
  get transport(): string {
    return this.connection.transport;
  }

  get bufferedBytes(): number {
    return this.connection.bufferedBytes;
  }

  get isWritable(): boolean {
    return this.#legacy === undefined && this.connection.bufferedBytes < WRITABLE_BELOW && !this.#expiry?.hasCome;
  }

  /** Whether the last frame has been sent. */
  get isOver(): boolean {
    return this.#state === StompSessionState.Closing || this.#state === StompSessionState.Closed;
  }

  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#subscriptions.byId;
  }

  /**
   * Goes on with newer credentials of the same user: a token that has been refreshed, other roles. At once the session ends when these
   * expire and no sooner, never if they do not, and `SimpUserRegistry` knows them; handlers and security rules see them from the next frame on.
   * Subscriptions that the rules of the option `security` no longer allow are ended, as by `MessageAuthorizationManager.recheck()`. Of several
   * renewals the one that was called last holds.
   *
   * It must come in time: a session that expires while the frame with the new token is still handled has ended.
   *
   * @returns when all subscriptions have been looked at: at once, unless a rule waits for something
   * @throws AccessDeniedException when the credentials are another user's, or have expired; the session stays as it was
   * @throws MessagingException when the session is not connected, or over
   * @throws TypeError when there is no user, or one without a name
   * @example
   * \@MessageMapping('/auth')
   * async auth(\@Payload() { token }: RefreshMsg, session: StompSession) {
   *   const { sub, roles, exp } = await this.jwt.verifyAsync(token);
   *   await session.renew({ name: sub, roles, expiresAt: exp * 1_000 });
   * }
   */
  renew(user: PrincipalLike): MaybePromise<void> {
    if (!checkPrincipal(user)) throw new TypeError('A session can be renewed for its user only, but there is none.');
    if (this.#state !== StompSessionState.Connected || this.#expiry?.hasCome) {
      throw new MessagingException('Only a session that is connected can be renewed.');
    }
    const name = this.#user && destinationUserName(this.#user);
    if (name !== destinationUserName(user)) {
      throw new AccessDeniedException(
        `The session belongs to ${name === undefined ? 'nobody' : quote(name)} and cannot go on as ${quote(destinationUserName(user))}'s.`,
      );
    }
    if (hasExpired(user)) throw new AccessDeniedException('The new credentials have expired already.');
    this.#user = user;
    this.#expireAt(expiryOf(user));
    return this.context.renewed(this);
  }

  /** Ends the session from the server's side: what is buffered is written, then the connection closes. */
  close(code: number = CloseCode.Normal, reason = ''): void {
    if (this.isOver) return;
    this.#state = StompSessionState.Closing;
    this.connection.close(code, reason);
    this.#leave(code);
    if (this.#legacy) this.#gone(this.#legacy.code);
  }

  /** @internal Takes nothing more from the client; what has been received is still handled. For the time until it is closed. */
  drain(): void {
    if (this.isOver) return;
    this.#isDraining = true;
    this.#holdBack();
  }

  /** @internal Cuts the line: for a client that does not say goodbye. */
  terminate(): void {
    this.connection.terminate();
  }

  /**
   * Ends a subscription from the server's side; the session goes on. All that UNSUBSCRIBE would do is done at once: nothing is sent to
   * the subscription any more, its streams end, what it has not acknowledged goes back. STOMP has no frame that says so to the client:
   * it gets a MESSAGE with `error-code:SUBSCRIPTION_ENDED` where it listens for errors, else as the last one of the subscription. What
   * it has sent before it knows, an ACK or its own UNSUBSCRIBE, is no mistake.
   *
   * @param id the client's name for it, a key of `subscriptions`
   * @param reason for people, in the body of that MESSAGE
   * @returns false if there is no such subscription, or the session is over
   * @example
   * for (const { id, destination } of session.subscriptions.values()) {
   *   if (destination === '/topic/room.7') session.unsubscribe(id, 'You have left the room.');
   * }
   */
  unsubscribe(id: string, reason = 'The server has ended the subscription.'): boolean {
    const subscription = this.subscriptions.get(id);
    if (!subscription || this.#state !== StompSessionState.Connected) return false;
    if (this.#subscriptions.end(subscription)) {
      const { destination } = subscription;
      const frame = new StompFrame('UNSUBSCRIBE', HeaderList.from({ id }));
      const message = this.toMessage('UNSUBSCRIBE', frame).with({ subscriptionId: id, subscription, destination });
      this.context.events.publish(new SessionUnsubscribeEvent(this.id, this.#user, message, id));
    }
    reportEnd(this, subscription, reason, this.context);
    return true;
  }

  /** Calls the listener when the session ends, whoever ends it. @returns how to stop listening */
  onEnd(listener: () => void): () => void {
    const listeners = (this.#endListeners ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Calls the listener when the subscription ends, with its session or before. @returns how to stop listening */
  onUnsubscribe(subscriptionId: string, listener: () => void): () => void {
    return this.#subscriptions.onEnd(subscriptionId, listener);
  }

  receive(message: Message, subscription: Subscription): void {
    // An interceptor may have held the message back until the client had unsubscribed.
    const isWanted = message.headers.isLast || !subscription.isOver;
    if (this.#state !== StompSessionState.Connected || !isWanted || this.#expiry?.hasCome) return;
    this.context.counters.sent.MESSAGE++;
    this.#write(this.context.encoder.encode(message, subscription, this.#version));
  }

  // What the commands in ./commands do to a session.

  /** The client's frame as a message for the channels. */
  toMessage(command: MessageCommand, frame: StompFrame): Message {
    const { headers } = frame;
    return new Message(
      frame.body,
      MessageHeaders.of({
        command,
        destination: headers.get('destination'),
        sessionId: this.id,
        user: this.#user,
        sessionAttributes: this.attributes,
        isAwaited: headers.has('receipt'),
        nativeHeaders: headers,
      }),
    );
  }

  send(frame: StompFrame): void {
    if (this.isOver) return;
    this.context.counters.sent[frame.command]++;
    this.#write(encode(frame, this.#version));
  }

  connecting(version: StompVersion): void {
    this.#state = StompSessionState.Connecting;
    this.#version = this.#decoder.version = version;
  }

  /** @returns false if the client has gone in the meantime */
  connected(user: PrincipalLike | undefined, heartBeat: HeartBeatInterval): boolean {
    if (this.#state !== StompSessionState.Connecting) return false;
    this.#state = StompSessionState.Connected;
    this.#wasConnected = true;
    this.#firstMessage?.cancel();
    this.#firstMessage = undefined;
    this.#user = user;
    this.#expireAt(expiryOf(user));
    this.context.outbound.attach(this);
    this.#startHeartBeats(heartBeat);
    this.connection.connected(heartBeat);
    return true;
  }

  addSubscription(subscription: SessionSubscription): void {
    this.#subscriptions.add(subscription);
  }

  /** The SUBSCRIBE of the subscription that was added last has been handled. */
  subscribed(): void {
    this.#subscriptions.handled();
  }

  removeSubscription(id: string): void {
    this.#subscriptions.remove(id);
  }

  /** @returns whether the server has ended the subscription, which the client may not have known */
  forgetEndedSubscription(id: string): boolean {
    return this.#subscriptions.forgetEnded(id);
  }

  /** A stream that this session had asked for has failed. */
  reportLateFailure(error: unknown, message: Message): void {
    try {
      reportLateFailure(this, message, error, this.context);
    } catch (unforeseen) {
      this.fail(this.#internal(unforeseen));
    }
  }

  /** What Nest's `BaseWsExceptionFilter` calls on its clients: a MESSAGE for a client that listens for its errors. */
  emit(event: string, data: unknown): void {
    if (this.#state === StompSessionState.Connected) reportEvent(this, event, data, this.context);
  }

  /** Answers with ERROR and closes (STOMP 1.2 “ERROR”). */
  fail(error: StompException, frame?: StompFrame, extraHeaders: readonly (readonly [string, string])[] = []): void {
    if (this.isOver) return;
    const { counters } = this.context;
    counters.errors.add(error.code);
    counters.sent.ERROR++;
    this.context.audit.sessionFailed(this, error.code, frame);
    this.#write(errorFrame(this, error, frame, extraHeaders, this.context));
    this.close(error.closeCode, error.code);
  }

  // What the connection tells.

  onBytes(bytes: Buffer): void {
    if (this.isOver || this.#isDraining) return;
    const { counters } = this.context;
    counters.receivedBytes += bytes.length;
    if (isHeartBeat(bytes)) counters.receivedHeartBeats++;
    this.#heartBeats?.heard();
    this.#decoder.push(bytes);
    if (!this.#isBusy) this.#readFrames();
    this.#holdBack();
  }

  onTooBig(limit: number): void {
    this.fail(
      new StompException(
        'STOMP_ERR_FRAME_TOO_LARGE',
        `The message is larger than the ${limit} bytes that this server accepts.`,
        CloseCode.TooBig,
      ),
    );
  }

  onDrain(): void {
    this.context.outbound.drained(this);
  }

  onClose(code: number): void {
    // STOMP 1.2 “RECEIPT”: frames that were received before the client disconnected continue to be processed.
    if (this.#state === StompSessionState.Connected && this.#isBusy && this.#decoder.bufferedBytes > 0) {
      const timer = this.context.wheel.after(LEGACY_TIME, () => this.#gone(code));
      this.#legacy = { code, timer };
    } else {
      this.#gone(code);
    }
  }

  #readFrames(): void {
    try {
      while (this.#state === StompSessionState.Open || this.#state === StompSessionState.Connected) {
        const frame = this.#decoder.read();
        if (frame === null) return;
        const handled = this.#handle(frame);
        if (isPromise<void>(handled)) {
          this.#isBusy = true;
          const { framesUnderWay } = this.context;
          framesUnderWay.begin();
          void handled.then(() => {
            this.#goOn();
            framesUnderWay.end();
          });
          return;
        }
      }
    } catch (error) {
      this.fail(error instanceof StompException ? error : this.#internal(error));
    }
  }

  /** After a frame that had to wait. */
  #goOn(): void {
    this.#isBusy = false;
    this.#readFrames();
    if (this.#legacy && !this.#isBusy) this.#gone(this.#legacy.code);
    else this.#holdBack();
  }

  /** Never rejects: what goes wrong with a frame ends in `reportFailure`, and what goes wrong there ends the session. */
  #handle(frame: StompFrame): MaybePromise<void> {
    try {
      checkAccepted(frame.command, this.#state);
      if (this.#expiry?.hasCome) throw expired();
      this.context.counters.received[frame.command]++;
      const result = this.#carryOut(frame);
      if (isPromise<ReceiptHeaders>(result)) return this.#settle(frame, result);
      this.#done(frame, result);
    } catch (error) {
      this.#failed(frame, error);
    }
  }

  async #settle(frame: StompFrame, result: Promise<ReceiptHeaders>): Promise<void> {
    try {
      this.#done(frame, await result);
    } catch (error) {
      this.#failed(frame, error);
    }
  }

  #failed(frame: StompFrame, error: unknown): void {
    try {
      reportFailure(this, frame, error, this.context);
    } catch (unforeseen) {
      this.fail(this.#internal(unforeseen), frame);
    }
  }

  /** A RECEIPT says that the message is on its way to the clients of other servers, too. */
  #carryOut(frame: StompFrame): MaybePromise<ReceiptHeaders> {
    const { command, headers } = frame;
    const { publishing } = this.context;
    const carryOut = CLIENT_COMMANDS[command]!;
    if (!publishing || (command !== 'SEND' && command !== 'COMMIT')) return carryOut(this, frame, this.context);
    const mark = publishing.mark();
    return then(carryOut(this, frame, this.context), (receiptHeaders) =>
      then(publishing.settled(mark, headers.has('receipt')), () => receiptHeaders),
    );
  }

  #done(frame: StompFrame, receiptHeaders: ReceiptHeaders): void {
    const receipt = frame.headers.get('receipt');
    if (receipt !== undefined && receiptHeaders !== null && this.#state === StompSessionState.Connected) {
      const headers = new HeaderList().append('receipt-id', receipt);
      receiptHeaders?.forEach((name, value) => headers.append(name, value));
      this.send(new StompFrame('RECEIPT', headers));
    }
    if (frame.command === 'DISCONNECT') this.close(CloseCode.Normal, 'DISCONNECT');
  }

  /** Makes a client wait that sends faster than its frames are handled, or whose frames are not handled any more. */
  #holdBack(): void {
    const isFull = this.#isDraining || (this.#isBusy && this.#decoder.bufferedBytes > this.context.limits.frame);
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.connection.pause();
    else this.connection.resume();
  }

  #write(frame: OutboundFrame): void {
    this.context.counters.sentBytes += frame.length;
    this.connection.send(frame);
    this.#heartBeats?.wrote();
  }

  #startHeartBeats(interval: HeartBeatInterval): void {
    if (interval.send === 0 && interval.receive === 0) return;
    this.#heartBeats = new HeartBeats(this.context.wheel, {
      beat: () => this.#beat(),
      isWaitedFor: () => this.#isBusy || this.#isDraining,
      silence: () => this.#silenced(),
    });
    this.#heartBeats.start(interval);
  }

  #beat(): void {
    this.context.counters.sentHeartBeats++;
    this.#write(HEART_BEAT);
  }

  #expireAt(time: number): void {
    if (time !== Infinity) this.#expiry ??= new SessionExpiry(this.context.wheel, () => this.fail(expired()));
    this.#expiry?.set(time);
  }

  #neverConnected(): void {
    const seconds = this.context.timeToFirstMessage / 1000;
    this.fail(
      new StompException('STOMP_ERR_NOT_CONNECTED', `No CONNECT came within ${seconds} s.`, CloseCode.ConnectTimeout),
    );
  }

  #silenced(): void {
    this.fail(
      new StompException(
        'STOMP_ERR_HEART_BEAT',
        'Nothing was heard within the agreed heart-beat interval and its margin.',
        CloseCode.HeartBeatTimeout,
      ),
    );
  }

  #internal(error: unknown): StompException {
    this.context.log.error(`Session ${this.id} failed`, error);
    return new StompException('STOMP_ERR_INTERNAL', 'The server failed to handle the frame.', CloseCode.InternalError);
  }

  /** The connection is closed and nothing is left to do. */
  #gone(code: number): void {
    if (this.#state === StompSessionState.Closed) return;
    this.#legacy?.timer.cancel();
    this.#state = StompSessionState.Closed;
    this.#leave(code);
    this.context.counters.closed.add(this.#closeCode);
    this.onGone(this);
  }

  /** Everything that others know of this session ends; done once, when it begins to close or the line is cut. */
  #leave(code: number): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#closeCode = code;
    const { audit } = this.context;
    if (code === CloseCode.SlowConsumer) audit.publish(new SlowConsumerEvent(detailsOf(this, String(code))));
    this.#firstMessage?.cancel();
    this.#heartBeats?.stop();
    this.#expiry?.stop();
    this.transactions.abortAll();
    if (this.#wasConnected) this.#disconnected(code);
    this.#subscriptions.removeAll();
    this.#endListeners?.forEach((listener) => this.#guarded(listener));
    this.#endListeners?.clear();
  }

  #disconnected(code: number): void {
    const { inbound, outbound, events, log } = this.context;
    outbound.detach(this);
    const message = this.toMessage('DISCONNECT', new StompFrame('DISCONNECT', new HeaderList()));
    events.publish(new SessionDisconnectEvent(this.id, this.#user, message, code));
    const failed = (error: unknown): void => log.error('An interceptor failed on DISCONNECT', error);
    try {
      const sent = inbound.send(message);
      if (isPromise(sent)) sent.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #guarded(listener: () => unknown): void {
    const failed = (error: unknown): void => this.context.log.error('A listener of a session failed', error);
    try {
      const returned = listener();
      if (isPromise(returned)) returned.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }
}
