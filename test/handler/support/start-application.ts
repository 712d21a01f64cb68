import {
  Injectable,
  Logger,
  Module,
  type INestApplication,
  type ModuleMetadata,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { DirectSubscribers } from '../../../lib/handler/direct-subscribers.js';
import {
  MessageMappingExplorer,
  type MessageMappingExplorerOptions,
} from '../../../lib/handler/message-mapping.explorer.js';
import { MessageMappingHandler } from '../../../lib/handler/message-mapping.handler.js';
import { MessageMappingRegistry } from '../../../lib/handler/message-mapping.registry.js';
import { NestContexts } from '../../../lib/handler/nest-contexts.js';
import { ReplySender } from '../../../lib/handler/reply-sender.js';
import { ReplyStreams } from '../../../lib/handler/reply-streams.js';
import type { StompExecutionContext } from '../../../lib/handler/stomp-execution-context.js';
import type { StompModuleOptions } from '../../../lib/interfaces/stomp-module-options.interface.js';
import { SimpMessagingTemplate } from '../../../lib/messaging/simp-messaging.template.js';
import { resolveOptions } from '../../../lib/options/stomp-options.js';
import { StompRuntime } from '../../../lib/stomp.runtime.js';
import { StompTestClient, type StompTestClientOptions } from '../../../lib/testing/index.js';

type StartOptions = ModuleMetadata & {
  stomp?: StompModuleOptions;
  handlers?: Partial<MessageMappingExplorerOptions> & { streamLimit?: number };
  /** Before the application is initialised: `useGlobalGuards` and the like. */
  configure?: (app: INestApplication) => void;
};

/** What happened that no client was told. */
export interface TestLog {
  readonly lines: string[];
  readonly lateFailures: unknown[];
}

/** A Nest application with handlers, the real channels, sessions and broker, and clients in memory. */
export async function startApplication({ stomp, handlers, configure, ...metadata }: StartOptions) {
  const options = resolveOptions(stomp);
  const log: TestLog = { lines: [], lateFailures: [] };
  const runtime = new StompRuntime(
    options,
    { debug: () => {}, warn: () => {}, error: (message, error) => log.lines.push(`${message} ${String(error)}`) },
    (error) => ({
      code: error instanceof Error ? error.name : 'Thrown',
      message: error instanceof Error ? error.message : String(error),
      isUnexpected: false,
    }),
  );

  @Injectable()
  class Handlers implements OnApplicationBootstrap {
    constructor(
      private readonly moduleRef: ModuleRef,
      private readonly modules: ModulesContainer,
      private readonly config: ApplicationConfig,
    ) {}

    async onApplicationBootstrap(): Promise<void> {
      const { template, converter, outbound, nextMessageId, sessions } = runtime;
      const registry = new MessageMappingRegistry(options.pathSeparator);
      const subscribers = new DirectSubscribers(runtime.deliveries, options.broker.prefetchLimit);
      const dependencies = {
        contexts: new NestContexts(this.moduleRef, this.modules, this.config),
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
        streams: new ReplyStreams(outbound, subscribers, handlers?.streamLimit ?? 100),
        onLateFailure: (error: unknown, { session, message }: StompExecutionContext) => {
          log.lateFailures.push(error);
          session?.reportLateFailure(error, message);
        },
      };
      const note = (line: string): void => void log.lines.push(line);
      await new MessageMappingExplorer(registry, dependencies, { ...options, ...handlers }, { log: note }).explore();
      runtime.inbound.subscribe(new MessageMappingHandler(registry, sessions, converter, options, { debug: note }));
    }
  }

  @Module({
    providers: [
      Handlers,
      { provide: StompRuntime, useValue: runtime },
      { provide: SimpMessagingTemplate, useValue: runtime.template },
    ],
    exports: [StompRuntime, SimpMessagingTemplate],
  })
  class HandlersModule {}

  const builder = Test.createTestingModule({ ...metadata, imports: [HandlersModule, ...(metadata.imports ?? [])] });
  Logger.overrideLogger(false);
  const module = await builder.compile();
  const app = module.createNestApplication({ logger: false });
  configure?.(app);
  await app.init();
  return {
    app,
    runtime,
    log,
    connect: async (user?: string, more: StompTestClientOptions = {}) => {
      const client = await StompTestClient.connect(
        { get: () => runtime },
        { ...(user && { user: { name: user } }), ...more },
      );
      await client.subscribe('/user/queue/errors');
      return client;
    },
    stop: async () => {
      await runtime.stop();
      await app.close();
    },
  };
}

export type TestApplication = Awaited<ReturnType<typeof startApplication>>;

/** The next MESSAGE to a destination, as text. */
export async function nextText(client: StompTestClient, destination: string): Promise<string> {
  return (await client.nextMessage(destination)).body.toString();
}

/** What the client is told on its error destination. */
export function nextError(client: StompTestClient): Promise<{ code: string; message: string }> {
  return client.nextError();
}
