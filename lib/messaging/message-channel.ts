import { isPromise, startAll, then, type MaybePromise } from '../utils/maybe-promise.js';
import { ChannelInterceptorChain } from './channel-interceptor-chain.js';
import type { ChannelInterceptor } from './channel-interceptor.js';
import type { Message } from './message.js';

export type ChannelName = 'clientInboundChannel' | 'brokerChannel' | 'clientOutboundChannel';

/** Takes messages from a channel and does with them what it is there for; ignores those that are not its own. */
export interface MessageHandler {
  handleMessage(message: Message): MaybePromise<void>;
  /**
   * Throws what `handleMessage` would throw for a reason that can be known before any of the messages is handled; changes
   * nothing.
   */
  validate?(messages: readonly Message[]): void;
  /**
   * Handles the messages of a transaction together, before any of them is handled by others. Without it they are handled one after
   * another.
   */
  handleAll?(messages: readonly Message[]): MaybePromise<void>;
}

/**
 * Carries messages from those who send to those who handle them, past the interceptors (Spring `MessageChannel`).
 *
 * `send` settles when every handler has finished, which is what a RECEIPT waits for. As long as nobody waits for anything it
 * runs to the end synchronously. When an interceptor waits, later messages of the same `orderKey` wait behind it.
 */
export class MessageChannel {
  readonly #handlers: MessageHandler[] = [];
  /** The last message under way of each order key; empty unless an interceptor waits. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Made once, not for each message. */
  readonly #dispatch = (message: Message): MaybePromise<void> => dispatch(message, this.#handlers);

  constructor(
    readonly name: ChannelName,
    protected readonly interceptors: ChannelInterceptor[] = [],
    /** Told of failures of interceptors that concern nobody who sends. */
    protected readonly onFailure: (error: unknown) => void = () => {},
  ) {}

  addInterceptors(interceptors: readonly ChannelInterceptor[]): void {
    this.interceptors.push(...interceptors);
  }

  subscribe(handler: MessageHandler): void {
    this.#handlers.push(handler);
  }

  /** @returns the message as the interceptors left it, or null if one of them dropped it */
  send(message: Message): MaybePromise<Message | null> {
    return this.sendTo(message, this.#dispatch);
  }

  /**
   * Sends all or none: only when every message has passed the interceptors and no handler objects, they are handled, in order.
   * A handler that fails while they are being handled ends it; what was handled before stays handled.
   * @returns the messages as the interceptors left them, without those that one of them dropped
   */
  async sendAll(messages: readonly Message[]): Promise<readonly Message[]> {
    const under: { chain: ChannelInterceptorChain; message: Message | null }[] = [];
    try {
      for (const message of messages) {
        const entered: (typeof under)[number] = { chain: this.#chain(message), message: null };
        under.push(entered);
        entered.message = await entered.chain.preSend();
      }
      const prepared = under.map(({ message }) => message).filter((message) => message !== null);
      for (const handler of this.#handlers) handler.validate?.(prepared);
      for (const handler of this.#handlers) {
        const handled = handler.handleAll?.(prepared);
        if (isPromise(handled)) await handled;
      }
      const others = this.#handlers.filter(({ handleAll }) => !handleAll);
      for (let next = under[0]; next; next = under[0]) {
        const handled = next.message ? dispatch(next.message, others) : undefined;
        // Without a wait nothing comes between the messages.
        if (isPromise(handled)) await handled;
        if (next.message) next.chain.postSend();
        under.shift();
        next.chain.afterSendCompletion();
      }
      return prepared;
    } catch (error) {
      for (const { chain } of under) chain.afterSendCompletion(error);
      throw error;
    }
  }

  /** Past the interceptors to one handler. */
  protected sendTo(message: Message, handle: (message: Message) => MaybePromise<void>): MaybePromise<Message | null> {
    if (this.interceptors.length === 0) {
      const handled = handle(message);
      return isPromise<void>(handled) ? handled.then(() => message) : message;
    }
    const key = this.orderKey(message);
    const last = this.#last.get(key);
    const sent = last ? last.then(() => this.#intercept(message, handle)) : this.#intercept(message, handle);
    if (isPromise<Message | null>(sent)) this.#queueBehind(key, sent);
    return sent;
  }

  /**
   * Messages of one key keep their order even if an interceptor waits. Those to a resolved user destination are sent while the
   * message that they come from is still under way: behind it they would wait for each other for ever.
   */
  protected orderKey({ headers: { sessionId = '', isPrivate } }: Message): string {
    return isPrivate ? `private ${sessionId}` : sessionId;
  }

  #chain(message: Message): ChannelInterceptorChain {
    return new ChannelInterceptorChain(this, this.interceptors, message, this.onFailure);
  }

  #intercept(message: Message, handle: (message: Message) => MaybePromise<void>): MaybePromise<Message | null> {
    const chain = this.#chain(message);
    const failed = (error: unknown): never => {
      chain.afterSendCompletion(error);
      throw error;
    };
    try {
      const sent = then(chain.preSend(), (prepared) =>
        then(prepared && handle(prepared), () => {
          if (prepared) chain.postSend();
          chain.afterSendCompletion();
          return prepared;
        }),
      );
      return isPromise<Message | null>(sent) ? sent.catch(failed) : sent;
    } catch (error) {
      return failed(error);
    }
  }

  #queueBehind(key: string, sent: Promise<unknown>): void {
    const done = (): void => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    };
    const settled: Promise<unknown> = sent.then(done, done);
    this.#last.set(key, settled);
  }
}

function dispatch(message: Message, handlers: readonly MessageHandler[]): MaybePromise<void> {
  return startAll(handlers, handOver, message);
}

function handOver(handler: MessageHandler, message: Message): MaybePromise<void> {
  return handler.handleMessage(message);
}
