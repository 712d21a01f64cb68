import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { GatewayExplorer } from './gateway/gateway.explorer.js';
import { StompGateways } from './gateway/stomp-gateways.js';
import { configPlaceholders } from './handler/config-placeholders.js';
import { DirectSubscribers } from './handler/direct-subscribers.js';
import { EventListenerExplorer } from './handler/event-listener.explorer.js';
import { MessageMappingExplorer } from './handler/message-mapping.explorer.js';
import { MessageMappingHandler } from './handler/message-mapping.handler.js';
import { MessageMappingRegistry } from './handler/message-mapping.registry.js';
import { NestContexts } from './handler/nest-contexts.js';
import { ReplySender } from './handler/reply-sender.js';
import { ReplyStreams } from './handler/reply-streams.js';
import { asyncContext } from './handler/stomp-context.js';
import type { StompExecutionContext } from './handler/stomp-execution-context.js';
import { ClientRequests } from './messaging/client-requests.js';
import type { ResolvedStompOptions } from './options/stomp-options.js';
import { SessionDisconnectEvent } from './session/session-events.js';
import { STOMP_MODULE_OPTIONS } from './stomp.constants.js';
import { stompLog } from './stomp.log.js';
import { StompRuntime } from './stomp.runtime.js';
import { destinationUserName } from './utils/principal.js';

/** Connects the mapped methods of controllers and providers with the running server. */
@Injectable()
export class StompHandlers {
  #contexts: NestContexts | undefined;

  constructor(
    @Inject(STOMP_MODULE_OPTIONS) private readonly options: ResolvedStompOptions,
    private readonly runtime: StompRuntime,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly gateways: StompGateways,
  ) {}

  /** @throws Error which names the class, the method and what is wrong with it */
  async explore(): Promise<void> {
    const { options, runtime } = this;
    const { template, converter, outbound, nextMessageId, sessions } = runtime;
    const contexts = (this.#contexts = new NestContexts(this.moduleRef, this.modules, this.config));
    const registry = new MessageMappingRegistry(options.pathSeparator);
    const runInContext = options.asyncContext ? asyncContext() : undefined;
    const subscribers = new DirectSubscribers(runtime.deliveries, options.broker.prefetchLimit);
    const streams = new ReplyStreams(outbound, subscribers, options.transport.streamLimit);
    const dependencies = {
      contexts,
      converter,
      replies: new ReplySender({
        template,
        converter,
        outbound,
        subscribers,
        nextMessageId,
        defaultDestinationPrefix: options.defaultDestinationPrefix,
        defaultUserDestinationPrefix: options.defaultUserDestinationPrefix,
        errorDestination: options.errorDestination,
      }),
      streams,
      onLateFailure: (error: unknown, { session, message }: StompExecutionContext) =>
        session?.reportLateFailure(error, message),
      runInContext,
    };
    const explorer = new MessageMappingExplorer(
      registry,
      dependencies,
      { ...options, resolvePlaceholder: configPlaceholders(this.modules) },
      new Logger('StompModule'),
    );
    await explorer.explore();
    if (this.gateways.isOpen) {
      const { gateways } = this;
      new GatewayExplorer(registry, { ...dependencies, gateways, template }, options, stompLog).explore(
        contexts.hosts(),
      );
    }
    runtime.stats.useHandlers({ streams, requests: this.#answerRequests() });
    await new EventListenerExplorer(contexts, runtime.events, stompLog, sessions, runInContext).explore();
    runtime.inbound.subscribe(
      new MessageMappingHandler(registry, sessions, converter, options, stompLog, runInContext),
    );
  }

  /** Settles when what lived as long as the sessions has been destroyed; after their end. */
  async stop(): Promise<void> {
    await this.#contexts?.sessionScopes.destroyed();
  }

  #answerRequests(): ClientRequests {
    const { users, outbound, converter, wheel, template, inbound, events } = this.runtime;
    const isSession = (id: string): boolean => outbound.receiver(id) !== undefined;
    const requests = new ClientRequests(users, isSession, converter, wheel, this.options.requests);
    template.useRequests(requests);
    inbound.subscribe(requests);
    events.subscribe((event) => {
      if (!(event instanceof SessionDisconnectEvent)) return;
      requests.sessionEnded(event.sessionId, event.user && destinationUserName(event.user));
    });
    return requests;
  }
}
