import { MessageDeliveryException } from '../exceptions/messaging.exception.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import type { ClientRequests, RequestTarget } from './client-requests.js';
import type { CompositeMessageConverter, TargetType } from './message-converter.js';
import type { MessageChannel } from './message-channel.js';
import type { Message } from './message.js';

export interface RequestOptions {
  /** How long to wait for the reply, in milliseconds. @default requests.timeout of the module's options */
  timeout?: number;
  /** STOMP headers that the client gets beside `reply-to` and `correlation-id`. */
  headers?: HeaderInit;
  /** What the reply is converted to. @default what its content type says */
  type?: TargetType;
}

/** Has the last word on a message before it is sent (Spring `MessagePostProcessor`). */
export type MessagePostProcessor = (message: Message) => Message;

/** Headers, or in their place a post-processor. */
type Extra = HeaderInit | MessagePostProcessor;

/**
 * Sends messages from anywhere in the application (Spring `SimpMessagingTemplate`).
 *
 * With the embedded broker a message has been handed to all its receivers when a call returns. Only an interceptor that waits
 * makes it return a promise; its failure is reported and never becomes an unhandled rejection, so it need not be awaited.
 *
 * @example
 * this.messagingTemplate.convertAndSend('/topic/price.NEST', { price: 42 });
 * this.messagingTemplate.convertAndSendToUser('alice', '/queue/one', 'hello', { 'x-kind': 'greeting' });
 */
export class SimpMessagingTemplate {
  /** Where values go that are sent without a destination. There is one template: who sets this sets it for everyone. @default none */
  defaultDestination: string | undefined;
  #requests: ClientRequests | undefined;

  constructor(
    private readonly brokerChannel: MessageChannel,
    private readonly converter: CompositeMessageConverter,
    /** With a trailing slash. */
    readonly userDestinationPrefix: string,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Sends bytes as they are.
   * @param destination @default what the message's headers say, else `defaultDestination`
   * @throws MessageDeliveryException when there is none
   */
  send(message: Message): MaybePromise<void>;
  send(destination: string, message: Message): MaybePromise<void>;
  send(first: Message | string, second?: Message): MaybePromise<void> {
    const message = typeof first === 'string' ? second!.with({ destination: first }) : first;
    const { destination = this.#requireDefault(), command } = message.headers;
    const isReady = command === 'SEND' && destination === message.headers.destination;
    const sent = this.brokerChannel.send(isReady ? message : message.with({ command: 'SEND', destination }));
    if (!isPromise(sent)) return;
    sent.catch((error: unknown) => this.onFailure(error));
    return sent as Promise<unknown> as Promise<void>;
  }

  /**
   * Sends a value: a string as text, bytes as they are, everything else as JSON or as its `content-type` asks.
   * @param destination @default `defaultDestination`
   * @param headers STOMP headers that every receiver gets, `content-type` among them
   * @throws MessageConversionException when the value cannot be written
   * @throws MessageDeliveryException when there is no destination
   */
  convertAndSend(
    destination: string,
    payload: unknown,
    headers?: HeaderInit,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void>;
  convertAndSend(destination: string, payload: unknown, postProcessor: MessagePostProcessor): MaybePromise<void>;
  convertAndSend(payload: unknown, postProcessor?: MessagePostProcessor): MaybePromise<void>;
  convertAndSend(first: unknown, second?: unknown, third?: Extra, fourth?: MessagePostProcessor): MaybePromise<void> {
    const hasDestination = arguments.length > 1 && !isPostProcessor(second);
    return hasDestination
      ? this.#convertAndSend(first as string, second, third, fourth)
      : this.#convertAndSend(this.#requireDefault(), first, second as MessagePostProcessor | undefined);
  }

  /** Sends a value to all sessions of a user, to their subscriptions of `/user` + destination. */
  convertAndSendToUser(
    user: string,
    destination: string,
    payload: unknown,
    headers?: HeaderInit,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void>;
  convertAndSendToUser(
    user: string,
    destination: string,
    payload: unknown,
    postProcessor: MessagePostProcessor,
  ): MaybePromise<void>;
  convertAndSendToUser(
    user: string,
    destination: string,
    payload: unknown,
    extra?: Extra,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void> {
    return this.#convertAndSend(this.userDestination(user, destination), payload, extra, postProcessor);
  }

  /**
   * Asks a client, and waits for its reply: sends a value to a user's or a session's subscriptions of `/user` + destination, with the
   * headers `reply-to` and `correlation-id`. The client replies by a SEND to the destination in `reply-to`; the first reply counts.
   *
   * A handler must not await the reply of the session whose message it handles: a session's frames are handled one after another, so
   * the reply would wait for the handler.
   *
   * @param target a user's name, or a session (anything that has its `id`)
   * @returns the payload of the reply
   * @throws MessageTimeoutException when no reply comes in time
   * @throws MessageDeliveryException when nobody is connected, when they leave, or when too many requests wait
   * @example
   * const { accepted } = await this.messagingTemplate.request<Answer>('alice', '/queue/invitations', invitation, { timeout: 20_000 });
   */
  async request<T = unknown>(
    target: RequestTarget,
    destination: string,
    payload: unknown,
    { timeout, headers, type }: RequestOptions = {},
  ): Promise<T> {
    if (!this.#requests) throw new MessageDeliveryException('Requests can be sent once the application has started.');
    const reply = await this.#requests.ask(target, timeout, type, ({ name, sessionId, replyTo, correlationId }) => {
      const list = HeaderList.from(headers).set('reply-to', replyTo).set('correlation-id', correlationId);
      const toSession = sessionId === undefined ? undefined : (message: Message) => message.with({ sessionId });
      return this.convertAndSendToUser(name, destination, payload, list, toSession);
    });
    return reply as T;
  }

  /** @internal Who knows of the replies, from the start of the application on. */
  useRequests(requests: ClientRequests): void {
    this.#requests = requests;
  }

  /** `/user/{name}/queue/x`, the name with its slashes encoded so that it stays one segment. */
  userDestination(user: string, destination: string): string {
    if (user.includes('%2F')) {
      throw new MessageDeliveryException(`The user name ${JSON.stringify(user)} must not contain "%2F".`);
    }
    const name = user.includes('/') ? user.replaceAll('/', '%2F') : user;
    const rest = destination.startsWith('/') ? destination : `/${destination}`;
    return `${this.userDestinationPrefix}${name}${rest}`;
  }

  #convertAndSend(
    destination: string,
    payload: unknown,
    extra: Extra | undefined,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void> {
    const headers = isPostProcessor(extra) ? undefined : extra;
    const lastWord = isPostProcessor(extra) ? extra : postProcessor;
    const message = this.converter.toMessage(payload, headers).with({ destination });
    return this.send(lastWord ? lastWord(message) : message);
  }

  #requireDefault(): string {
    if (this.defaultDestination !== undefined) return this.defaultDestination;
    throw new MessageDeliveryException('The message to send has no destination, and the template has no default.');
  }
}

function isPostProcessor(value: unknown): value is MessagePostProcessor {
  return typeof value === 'function';
}
