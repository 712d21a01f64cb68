import type { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import type { MessageChannel } from '../messaging/message-channel.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import type { SimpMessagingTemplate } from '../messaging/simp-messaging.template.js';
import type { StompSession } from '../session/stomp-session.js';
import type { HandlerDependencies } from './mapped-handler.js';
import { MessageMappingExplorer, type MessageMappingExplorerOptions } from './message-mapping.explorer.js';
import { MessageMappingHandler } from './message-mapping.handler.js';
import { MessageMappingRegistry } from './message-mapping.registry.js';
import { NestContexts } from './nest-contexts.js';
import { ReplySender } from './reply-sender.js';
import { ReplyStreams } from './reply-streams.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** The parts of a running server that handlers meet. */
export interface HandlerRuntime {
  readonly inbound: MessageChannel;
  readonly outbound: ClientOutboundChannel;
  readonly converter: CompositeMessageConverter;
  readonly template: SimpMessagingTemplate;
  readonly sessions: { get(sessionId: string): StompSession | undefined };
  readonly nextMessageId: () => string;
}

/** What of Nest the handlers are looked for and called with; all of it can be injected. */
export interface HandlerContainer {
  readonly moduleRef: ModuleRef;
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
}

export interface HandlerOptions extends MessageMappingExplorerOptions {
  /** Where the values of exception filters go, behind the user prefix. */
  readonly errorDestination: string;
  /** @default '/topic' */
  readonly defaultDestinationPrefix?: string;
  /** @default '/queue' */
  readonly defaultUserDestinationPrefix?: string;
  /** How many streams a session may have at a time. @default 100 */
  readonly streamLimit?: number;
}

export interface HandlerLog {
  log(message: string): void;
  debug(message: string): void;
}

/**
 * Finds the application's handlers and subscribes them to clientInboundChannel. To be called when the application is initialised, so
 * that global guards, pipes, interceptors and filters are known.
 *
 * @param onLateFailure a stream has failed after its frame had been answered
 * @throws Error when a mapping is ambiguous or cannot work
 */
export async function connectHandlers(
  runtime: HandlerRuntime,
  { moduleRef, modules, config }: HandlerContainer,
  options: HandlerOptions,
  log: HandlerLog,
  onLateFailure: (error: unknown, context: StompExecutionContext) => void,
): Promise<MessageMappingRegistry> {
  const { inbound, outbound, converter, template, sessions, nextMessageId } = runtime;
  const { defaultDestinationPrefix = '/topic', defaultUserDestinationPrefix = '/queue', streamLimit = 100 } = options;
  const registry = new MessageMappingRegistry(options.pathSeparator);
  const dependencies: HandlerDependencies = {
    contexts: new NestContexts(moduleRef, modules, config),
    converter,
    replies: new ReplySender({
      template,
      converter,
      outbound,
      nextMessageId,
      defaultDestinationPrefix,
      defaultUserDestinationPrefix,
      errorDestination: options.errorDestination,
    }),
    streams: new ReplyStreams(outbound, streamLimit),
    onLateFailure,
  };
  await new MessageMappingExplorer(registry, dependencies, options, log).explore();
  inbound.subscribe(new MessageMappingHandler(registry, sessions, converter, options, log));
  return registry;
}
