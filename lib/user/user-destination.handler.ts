import { StompException } from '../exceptions/stomp.exception.js';
import type { MessageChannel, MessageHandler } from '../messaging/message-channel.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import type { ResolvedUserDestination } from '../messaging/private-destinations.js';
import { startAll, type MaybePromise } from '../utils/maybe-promise.js';
import type { UserDestinationResolver } from './user-destination.resolver.js';

/** Rewrites messages to and subscriptions of user destinations on their way to the broker (Spring `UserDestinationMessageHandler`). */
export class UserDestinationHandler {
  /** Clients' frames, from clientInboundChannel. */
  readonly inbound: MessageHandler = {
    handleMessage: (message) => this.#fromClient(message),
    validate: (messages) => messages.forEach((message) => this.#checkSend(message)),
  };
  /** The application's own messages, from brokerChannel. */
  readonly broker: MessageHandler = { handleMessage: (message) => this.#fromApplication(message) };

  constructor(
    private readonly resolver: UserDestinationResolver,
    private readonly brokerChannel: MessageChannel,
    private readonly clientsMaySend: boolean,
    /** Told of messages that may be for sessions of other servers. */
    private readonly toOthers: (message: Message, onlySession: string | undefined) => void = () => {},
  ) {}

  /** A message to a user that comes from another server. Past the interceptors of the brokerChannel, each of its targets. */
  fromOther(message: Message, onlySession: string | undefined): MaybePromise<void> {
    const { destination } = message.headers;
    if (!this.resolver.isUserDestination(destination)) return;
    return this.#forward(message, this.resolver.resolveRemote(destination, onlySession));
  }

  #fromClient(message: Message): MaybePromise<void> {
    const { command, destination, sessionId } = message.headers;
    if (!this.resolver.isUserDestination(destination)) return;
    if (command === 'SUBSCRIBE') {
      const resolved = this.resolver.resolveSubscription(destination, sessionId!);
      return this.#forward(message, [resolved]);
    }
    if (command !== 'SEND') return;
    this.#checkSend(message);
    return this.#toUser(message, destination);
  }

  #checkSend({ headers: { command, destination } }: Message): void {
    if (command !== 'SEND' || !this.resolver.isUserDestination(destination) || this.clientsMaySend) return;
    throw new StompException('STOMP_ERR_ACCESS_DENIED', 'Clients may not SEND to user destinations on this server.');
  }

  #fromApplication(message: Message): MaybePromise<void> {
    const { command, destination, isPrivate } = message.headers;
    if (isPrivate || command !== 'SEND' || !this.resolver.isUserDestination(destination)) return;
    return this.#toUser(message, destination);
  }

  #toUser(message: Message, destination: string): MaybePromise<void> {
    const { targets, isElsewhere, onlySession } = this.resolver.resolveMessage(destination, message.headers.sessionId);
    if (isElsewhere) this.toOthers(message, onlySession);
    return this.#forward(message, targets);
  }

  #forward(message: Message, targets: readonly ResolvedUserDestination[]): MaybePromise<void> {
    return startAll(targets, (target, message) => this.brokerChannel.send(addressed(message, target)), message);
  }
}

/** Field by field: this is on the way of every reply. */
function addressed(
  { payload, headers }: Message,
  { destination, originalDestination }: ResolvedUserDestination,
): Message {
  const own = new MessageHeaders(headers);
  own.destination = destination;
  own.originalDestination = originalDestination;
  own.isPrivate = true;
  return new Message(payload, own);
}
