import { isObservable, type Observable } from 'rxjs';
import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import type { MessageReceiver } from '../messaging/subscription.js';
import type { StompSession } from '../session/stomp-session.js';
import { then, type MaybePromise } from '../utils/maybe-promise.js';
import type { DirectSubscriber, DirectSubscribers } from './direct-subscribers.js';
import { PulledObservable } from './pulled-observable.js';
import { ReplyStream, type Stream, type StreamListener } from './reply-stream.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** All streams under way. Each ends with its session, and one that answers a SUBSCRIBE with its subscription. */
export class ReplyStreams {
  readonly #counts = new WeakMap<StompSession, number>();
  readonly #waiting = new Map<MessageReceiver, Set<() => void>>();
  #size = 0;

  constructor(
    outbound: ClientOutboundChannel,
    private readonly subscribers: DirectSubscribers,
    /** How many streams a session may have at a time. */
    private readonly limit: number,
  ) {
    outbound.onDrained((receiver) => this.#drained(receiver));
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Sends the items of a stream, without end perhaps.
   * @returns settles when it has begun, or has failed at once
   * @throws MessageHandlingException when the session has too many streams
   */
  open(stream: Stream, context: StompExecutionContext, listener: StreamListener): MaybePromise<void> {
    if (isGone(context)) return;
    this.#checkLimit(context);
    const reply = this.#start(context, listener);
    this.#count(reply, context);
    const subscriber = this.subscribers.of(context);
    const items = subscriber && isObservable(stream) ? new PulledObservable(stream, subscriber.window) : stream;
    if (isObservable(items)) reply.watch(items);
    else void reply.pull(items, () => this.#whenWanted(reply, context.session, subscriber));
    reply.begin();
    return reply.opened;
  }

  /**
   * Sends what interceptors have made of a handler's return value.
   * @param values given a function to call when the handler has returned a stream: nobody shall wait for its first item
   * @returns settles with the first item sent, or with the end
   */
  async openIntercepted(
    values: (returnedStream: () => void) => Promise<Observable<unknown>>,
    context: StompExecutionContext,
    listener: StreamListener,
  ): Promise<void> {
    const reply = this.#start(context, listener);
    const observable = await values(() => {
      this.#checkLimit(context);
      this.#count(reply, context);
      reply.begin();
    });
    reply.watch(observable);
    return reply.opened;
  }

  /**
   * Sends what interceptors have made of a value or a stream, when nobody can tell which of them it was.
   * @returns settles with the first item sent, or with the end
   * @throws MessageHandlingException when it goes on after its first item and the session has too many streams
   */
  async openUnknown(
    values: Observable<unknown>,
    context: StompExecutionContext,
    listener: StreamListener,
  ): Promise<void> {
    if (isGone(context)) return;
    const reply = this.#start(context, listener);
    reply.watch(values);
    await reply.opened;
    if (reply.isOver) return;
    try {
      this.#checkLimit(context);
    } catch (error) {
      reply.end();
      throw error;
    }
    this.#count(reply, context);
  }

  #start(context: StompExecutionContext, listener: StreamListener): ReplyStream {
    const reply = new ReplyStream(listener);
    const { session, message } = context;
    if (!session) return reply;
    const end = (): void => reply.end();
    const { subscription } = message.headers;
    const stops = [session.onEnd(end)];
    if (subscription) stops.push(session.onUnsubscribe(subscription.id, end));
    reply.onEnd(() => stops.forEach((stop) => stop()));
    return reply;
  }

  #checkLimit({ session }: StompExecutionContext): void {
    if (session && (this.#counts.get(session) ?? 0) >= this.limit) {
      throw new MessageHandlingException(`The session has the ${this.limit} streams that this server allows.`);
    }
  }

  #count(reply: ReplyStream, { session }: StompExecutionContext): void {
    if (!session || reply.isOver) return;
    const change = (by: number): void => {
      this.#size += by;
      this.#counts.set(session, (this.#counts.get(session) ?? 0) + by);
    };
    change(1);
    reply.onEnd(() => change(-1));
  }

  /** The client has acknowledged enough of what it was sent, and has room for more. */
  #whenWanted(
    reply: ReplyStream,
    session: StompSession | undefined,
    subscriber: DirectSubscriber | undefined,
  ): MaybePromise<void> {
    return then(subscriber?.whenCredit(), () => this.#whenWritable(reply, session));
  }

  /** A client that reads slowly is not sent more than it takes. */
  #whenWritable(reply: ReplyStream, session: StompSession | undefined): MaybePromise<void> {
    if (!session || session.isWritable) return;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(session) ?? new Set();
      this.#waiting.set(session, waiting.add(resolve));
      reply.onEnd(() => {
        waiting.delete(resolve);
        if (waiting.size === 0) this.#waiting.delete(session);
        resolve();
      });
    });
  }

  #drained(receiver: MessageReceiver): void {
    const waiting = this.#waiting.get(receiver);
    this.#waiting.delete(receiver);
    waiting?.forEach((resolve) => resolve());
  }
}

/** Whether the client has left, or has unsubscribed, while the handler was at work. */
function isGone({ session, message }: StompExecutionContext): boolean {
  if (!session) return false;
  const { subscription } = message.headers;
  return session.isOver || subscription?.isOver === true;
}
