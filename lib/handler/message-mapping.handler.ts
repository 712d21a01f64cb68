import { quote } from '../exceptions/stomp.exception.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import type { MessageHandler } from '../messaging/message-channel.js';
import type { Message } from '../messaging/message.js';
import type { StompSession } from '../session/stomp-session.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { MessageMappingRegistry } from './message-mapping.registry.js';
import type { RunInContext } from './stomp-context.js';
import { StompExecutionContext } from './stomp-execution-context.js';

export interface MessageMappingHandlerOptions {
  readonly applicationDestinationPrefixes: readonly string[];
  readonly pathSeparator: '/' | '.';
}

/**
 * Hands clients' messages to the application's methods (Spring `SimpAnnotationMethodMessageHandler`): SEND to `@MessageMapping`, and
 * to `@SubscribeMessage` of gateways, SUBSCRIBE to `@SubscribeMapping`, if their destination begins with an application prefix.
 */
export class MessageMappingHandler implements MessageHandler {
  /** With a trailing slash: `/app` is for `/app/x`, not for `/application`. */
  readonly #prefixes: readonly string[];
  readonly #prefixEnd: number;

  constructor(
    private readonly registry: MessageMappingRegistry,
    private readonly sessions: { get(sessionId: string): StompSession | undefined },
    private readonly converter: CompositeMessageConverter,
    { applicationDestinationPrefixes, pathSeparator }: MessageMappingHandlerOptions,
    private readonly log: { debug(message: string): void },
    private readonly runInContext?: RunInContext,
  ) {
    this.#prefixes = applicationDestinationPrefixes.map((prefix) => (prefix.endsWith('/') ? prefix : `${prefix}/`));
    // Where slashes divide, the one behind the prefix belongs to the destination.
    this.#prefixEnd = pathSeparator === '/' ? 1 : 0;
  }

  handleMessage(message: Message): MaybePromise<void> {
    const { command, destination, sessionId } = message.headers;
    if ((command !== 'SEND' && command !== 'SUBSCRIBE') || destination === undefined) return;
    const lookupDestination = this.#lookupDestination(destination);
    if (lookupDestination === undefined) return;
    const match = this.registry.find(command, lookupDestination);
    if (!match) {
      this.log.debug(`No method is mapped to ${command} ${quote(destination, 200)}`);
      return;
    }
    const { pattern, variables, handler } = match;
    const session = sessionId === undefined ? undefined : this.sessions.get(sessionId);
    const context = new StompExecutionContext(
      message,
      session,
      lookupDestination,
      pattern.source,
      variables,
      handler.method,
      this.converter,
    );
    return this.runInContext ? this.runInContext(context, () => handler.handle(context)) : handler.handle(context);
  }

  #lookupDestination(destination: string): string | undefined {
    for (const prefix of this.#prefixes) {
      if (destination.startsWith(prefix)) return destination.slice(prefix.length - this.#prefixEnd);
    }
    return undefined;
  }
}
