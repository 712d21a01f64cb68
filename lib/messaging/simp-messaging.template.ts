import { MessageDeliveryException } from '../exceptions/messaging.exception.js';
import type { HeaderInit } from '../utils/header-list.js';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import type { CompositeMessageConverter } from './message-converter.js';
import type { MessageChannel } from './message-channel.js';
import type { Message } from './message.js';

/** Has the last word on a message before it is sent (Spring `MessagePostProcessor`). */
export type MessagePostProcessor = (message: Message) => Message;

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
  constructor(
    private readonly brokerChannel: MessageChannel,
    private readonly converter: CompositeMessageConverter,
    private readonly userDestinationPrefix: string,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Sends bytes as they are; the message's headers name the destination. */
  send(message: Message): MaybePromise<void> {
    const { destination, command } = message.headers;
    if (destination === undefined) throw new MessageDeliveryException('The message to send has no destination.');
    const sent = this.brokerChannel.send(command === 'SEND' ? message : message.with({ command: 'SEND' }));
    if (!isPromise(sent)) return;
    sent.catch((error: unknown) => this.onFailure(error));
    return sent as Promise<unknown> as Promise<void>;
  }

  /**
   * Sends a value: a string as text, bytes as they are, everything else as JSON.
   * @param headers STOMP headers that every receiver gets
   * @throws MessageConversionException when the value cannot be written
   */
  convertAndSend(
    destination: string,
    payload: unknown,
    headers?: HeaderInit,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void> {
    const message = this.converter.toMessage(payload, headers).with({ destination });
    return this.send(postProcessor ? postProcessor(message) : message);
  }

  /** Sends a value to all sessions of a user, to their subscriptions of `/user` + destination. */
  convertAndSendToUser(
    user: string,
    destination: string,
    payload: unknown,
    headers?: HeaderInit,
    postProcessor?: MessagePostProcessor,
  ): MaybePromise<void> {
    return this.convertAndSend(this.userDestination(user, destination), payload, headers, postProcessor);
  }

  /** `/user/{name}/queue/x`, the name with its slashes encoded so that it stays one segment. */
  userDestination(user: string, destination: string): string {
    if (user.includes('%2F')) {
      throw new MessageDeliveryException(`The user name ${JSON.stringify(user)} must not contain "%2F".`);
    }
    const name = user.replaceAll('/', '%2F');
    const rest = destination.startsWith('/') ? destination : `/${destination}`;
    return `${this.userDestinationPrefix}${name}${rest}`;
  }
}
