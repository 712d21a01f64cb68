import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { GatewayExplorer } from './gateway/gateway.explorer.js';
import { StompGateways } from './gateway/stomp-gateways.js';
import { configPlaceholders } from './handler/config-placeholders.js';
import { DirectSubscribers } from './handler/direct-subscribers.js';
import { EventListenerExplorer } from './handler/event-listener.explorer.js';
import type { HandlerDependencies } from './handler/mapped-handler.js';
import { MessageMappingExplorer, type MethodMapping } from './handler/message-mapping.explorer.js';
import { MessageMappingHandler } from './handler/message-mapping.handler.js';
import { MessageMappingRegistry } from './handler/message-mapping.registry.js';
import { NestContexts } from './handler/nest-contexts.js';
import { ReplySender } from './handler/reply-sender.js';
import { ReplyStreams } from './handler/reply-streams.js';
import { asyncContext } from './handler/stomp-context.js';
import type { ResolvedStompOptions } from './options/stomp-options.js';
import { STOMP_MODULE_OPTIONS } from './stomp.constants.js';
import { stompLog } from './stomp.log.js';
import { StompRuntime } from './stomp.runtime.js';

/** Connects the mapped methods of controllers and providers with the running server. */
@Injectable()
export class StompHandlers {
  readonly #contexts: NestContexts;
  readonly #registry: MessageMappingRegistry;
  readonly #dependencies: HandlerDependencies;
  readonly #explorer: MessageMappingExplorer;

  constructor(
    @Inject(STOMP_MODULE_OPTIONS) private readonly options: ResolvedStompOptions,
    private readonly runtime: StompRuntime,
    moduleRef: ModuleRef,
    modules: ModulesContainer,
    config: ApplicationConfig,
    private readonly gateways: StompGateways,
  ) {
    this.#contexts = new NestContexts(moduleRef, modules, config);
    this.#registry = new MessageMappingRegistry(options.pathSeparator);
    this.#dependencies = this.#createDependencies();
    this.#explorer = new MessageMappingExplorer(
      this.#registry,
      this.#dependencies,
      { ...options, servedPrefixes: servedPrefixes(options), resolvePlaceholder: configPlaceholders(modules) },
      new Logger('StompModule'),
    );
  }

  /**
   * Every mapped method of controllers and providers at each of its patterns, before the start too.
   * @throws Error which names the class, the method and what is wrong with it
   */
  mappings(): readonly MethodMapping[] {
    return this.#explorer.find();
  }

  /** @throws Error which names the class, the method and what is wrong with it */
  async explore(): Promise<void> {
    const { options, runtime, gateways } = this;
    const { template, converter, sessions } = runtime;
    const { streams, runInContext } = this.#dependencies;
    await this.#explorer.explore();
    this.#contexts.sessionScopes.check();
    if (gateways.isOpen) {
      const dependencies = { ...this.#dependencies, gateways, template };
      new GatewayExplorer(this.#registry, dependencies, options, stompLog).explore(this.#contexts.hosts());
    }
    runtime.answerRequests();
    runtime.stats.useHandlers({ streams, requests: runtime.requests });
    await new EventListenerExplorer(this.#contexts, runtime.events, stompLog, sessions, runInContext).explore();
    runtime.inbound.subscribe(
      new MessageMappingHandler(this.#registry, sessions, converter, options, stompLog, runInContext),
    );
  }

  #createDependencies(): HandlerDependencies {
    const { options, runtime } = this;
    const { template, converter, outbound, nextMessageId } = runtime;
    const { prefetchLimit } = options.broker;
    const subscribers = new DirectSubscribers(runtime.deliveries, prefetchLimit, (error) =>
      stompLog.error('What was to be told of an acknowledgement failed', error),
    );
    return {
      contexts: this.#contexts,
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
        servedPrefixes: servedPrefixes(options),
        log: stompLog,
      }),
      streams: new ReplyStreams(outbound, subscribers, options.transport.streamLimit),
      rateLimitKeyLimit: options.rateLimitKeyLimit,
      onLateFailure: (error, { session, message }) => session?.reportLateFailure(error, message),
      runInContext: options.asyncContext ? asyncContext() : undefined,
    };
  }

  /** Settles when what lived as long as the sessions has been destroyed; after their end. */
  async stop(): Promise<void> {
    await this.#contexts.sessionScopes.destroyed();
  }
}

function servedPrefixes({ broker, userDestinationPrefix }: ResolvedStompOptions): string[] {
  return [...broker.destinationPrefixes, `${userDestinationPrefix}/`];
}
