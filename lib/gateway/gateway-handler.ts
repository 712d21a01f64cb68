import type { WsResponse } from '@nestjs/websockets';
import { isObservable } from 'rxjs';
import { HandlerRateLimit } from '../handler/handler-rate-limit.js';
import type { DestinationHandler } from '../handler/message-mapping.registry.js';
import type { HandlerHost } from '../handler/handler-host.js';
import type { ReplySender } from '../handler/reply-sender.js';
import { isStream } from '../handler/reply-stream.js';
import type { ReplyStreams } from '../handler/reply-streams.js';
import type { ContextMethod, StompExecutionContext } from '../handler/stomp-execution-context.js';
import type { SimpMessagingTemplate } from '../messaging/simp-messaging.template.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import { eventUserDestination } from './gateway-destination.js';
import type { StompGateways } from './stomp-gateways.js';

export interface GatewayDependencies {
  readonly gateways: StompGateways;
  readonly template: SimpMessagingTemplate;
  readonly replies: ReplySender;
  readonly streams: ReplyStreams;
  /** How many sessions, users or addresses a `@RateLimit` remembers. */
  readonly rateLimitKeyLimit: number;
  /** A stream has failed after its frame had been answered. */
  readonly onLateFailure: (error: unknown, context: StompExecutionContext) => void;
}

/**
 * A `@SubscribeMessage` method. Nest has put guards, pipes, interceptors and filters around it; what it returns is sent by the rules
 * that `StompWsAdapter` tells.
 */
export class GatewayHandler implements DestinationHandler {
  readonly command = 'SEND';
  readonly #mayBeIntercepted: boolean;
  readonly #rateLimit: HandlerRateLimit | undefined;

  constructor(
    readonly host: HandlerHost,
    readonly method: ContextMethod,
    /** As `@SubscribeMessage` has it. */
    private readonly message: string,
    private readonly dependencies: GatewayDependencies,
  ) {
    this.#mayBeIntercepted = host.mayBeIntercepted(method.callback);
    this.#rateLimit = HandlerRateLimit.of(method, dependencies.rateLimitKeyLimit);
  }

  async handle(context: StompExecutionContext): Promise<void> {
    const { gateways, replies } = this.dependencies;
    const handler = context.session && gateways.clientOf(context.session)?.handlerOf(this.message);
    // An interceptor has held the message back until its session was gone.
    if (!handler) return;
    this.#rateLimit?.check(context);
    replies.checkReplyTo(context);
    let acknowledged: MaybePromise<void> = undefined;
    const acknowledge = (answer?: unknown): MaybePromise<void> => (acknowledged = this.#answer(answer, context));
    const value: unknown = await handler.callback(context.payload, acknowledge);
    await acknowledged;
    return this.#reply(value, handler.isAckHandledManually, context);
  }

  #reply(value: unknown, isAcknowledged: boolean, context: StompExecutionContext): MaybePromise<void> {
    const { streams, onLateFailure } = this.dependencies;
    const item = (one: unknown): MaybePromise<void> => {
      // As with Socket.IO: what `@Ack()` is there to say is not said twice.
      if (!isAcknowledged || isWsResponse(one)) return this.#answer(one, context);
    };
    if (!isStream(value)) return item(value);
    const listener = { item, lateFailure: (error: unknown) => onLateFailure(error, context) };
    return this.#mayBeIntercepted && isObservable(value)
      ? streams.openUnknown(value, context, listener)
      : streams.open(value, context, listener);
  }

  #answer(value: unknown, context: StompExecutionContext): MaybePromise<void> {
    if (value === undefined || value === null) return;
    const { replies, template } = this.dependencies;
    if (!isWsResponse(value)) {
      const { lookupDestination } = context;
      const rest = lookupDestination.startsWith('/') ? lookupDestination : `/${lookupDestination}`;
      return replies.answer(value, `/queue${rest}`, undefined, context);
    }
    const { event, data = '' } = value;
    return replies.answer(data, eventUserDestination(event, template.userDestinationPrefix), event, context);
  }
}

function isWsResponse(value: unknown): value is WsResponse<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return 'data' in value && 'event' in value && typeof value.event === 'string' && value.event !== '';
}
