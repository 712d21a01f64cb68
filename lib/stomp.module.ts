import { type DynamicModule, type FactoryProvider, Module, type Provider, Scope } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { StompCluster } from './cluster/stomp-cluster.js';
import { StompGateways } from './gateway/stomp-gateways.js';
import { describeError } from './handler/describe-error.js';
import type {
  StompFeatureOptions,
  StompModuleAsyncOptions,
  StompModuleOptions,
  StompOptionsFactory,
} from './interfaces/stomp-module-options.interface.js';
import { SimpMessagingTemplate } from './messaging/simp-messaging.template.js';
import { SimpUserRegistry } from './messaging/simp-user.registry.js';
import { checkFeature, resolveOptions, type ResolvedStompOptions } from './options/stomp-options.js';
import { MessageAuthorizationManager } from './security/message-authorization.manager.js';
import { StompSessionRegistry } from './session/stomp-session.registry.js';
import { StompSession } from './session/stomp-session.js';
import { StompStats } from './stats/stomp-stats.js';
import { StompBootstrap } from './stomp.bootstrap.js';
import { STOMP_FEATURE_OPTIONS, STOMP_MODULE_OPTIONS } from './stomp.constants.js';
import { StompHandlers } from './stomp.handlers.js';
import { StompRuntime } from './stomp.runtime.js';
import { stompLog } from './stomp.log.js';

const RUNTIME: Provider = {
  provide: StompRuntime,
  inject: [STOMP_MODULE_OPTIONS],
  useFactory: (options: ResolvedStompOptions) => new StompRuntime(options, stompLog, describeError),
};

const GATEWAYS: Provider = {
  provide: StompGateways,
  inject: [StompRuntime],
  useFactory: ({ events, sessions, template }: StompRuntime) => new StompGateways(events, sessions, template),
};

const EXPORTED: Provider[] = [
  { provide: SimpMessagingTemplate, inject: [StompRuntime], useFactory: ({ template }: StompRuntime) => template },
  { provide: SimpUserRegistry, inject: [StompRuntime], useFactory: ({ users }: StompRuntime) => users },
  {
    // For what lives as long as a session, or as one of its messages; there it is set, and not made.
    provide: StompSession,
    scope: Scope.REQUEST,
    durable: true,
    useFactory: () => {
      throw new Error('There is no StompSession here: only what handles messages of a STOMP session can inject it.');
    },
  },
  { provide: StompSessionRegistry, inject: [StompRuntime], useFactory: ({ sessions }: StompRuntime) => sessions },
  {
    provide: MessageAuthorizationManager,
    inject: [StompRuntime],
    useFactory: ({ authorizationManager }: StompRuntime) => authorizationManager,
  },
  { provide: StompCluster, inject: [StompRuntime], useFactory: ({ cluster }: StompRuntime) => cluster },
  { provide: StompStats, inject: [StompRuntime], useFactory: ({ stats }: StompRuntime) => stats },
];

/**
 * Makes a Nest application a STOMP server.
 *
 * @example
 * @Module({ imports: [StompModule.forRoot()], controllers: [ChatController] })
 * export class AppModule {}
 */
@Module({})
export class StompModule {
  /**
   * For one module of the application; what it provides is everywhere.
   * @throws StompOptionException when an option cannot be
   */
  static forRoot(options: StompModuleOptions = {}): DynamicModule {
    resolveOptions(options);
    return stompModule(moduleOptions([], () => options));
  }

  /** Options that depend on other providers. An option that cannot be stops the start. */
  static forRootAsync({ imports, useFactory, inject, useClass, useExisting }: StompModuleAsyncOptions): DynamicModule {
    if (useFactory) return stompModule(moduleOptions(inject ?? [], useFactory), imports);
    const factory = useClass ?? useExisting;
    if (!factory) throw new Error('StompModule.forRootAsync needs useFactory, useClass or useExisting.');
    const options = moduleOptions([factory], (made: StompOptionsFactory) => made.createStompOptions());
    return stompModule(options, imports, useClass && [useClass]);
  }

  /**
   * What a feature module adds to the options of the application, so that a queue, a history or a security rule stands beside the handlers that it is
   * for.
   *
   * @example
   * \@Module({
   *   imports: [StompModule.forFeature({ broker: { history: [{ destination: '/topic/room.*' }] } })],
   *   controllers: [RoomController],
   * })
   * export class RoomModule {}
   * @throws StompOptionException when an option cannot be
   */
  static forFeature(options: StompFeatureOptions): DynamicModule {
    checkFeature(options);
    return { module: StompModule, providers: [{ provide: STOMP_FEATURE_OPTIONS, useValue: options }] };
  }
}

function stompModule(
  options: Provider,
  imports: DynamicModule['imports'] = [],
  providers: Provider[] = [],
): DynamicModule {
  return {
    module: StompModule,
    global: true,
    imports,
    providers: [...providers, options, RUNTIME, GATEWAYS, ...EXPORTED, StompHandlers, StompBootstrap],
    exports: [
      StompRuntime,
      SimpMessagingTemplate,
      SimpUserRegistry,
      MessageAuthorizationManager,
      StompSessionRegistry,
      StompSession,
      StompCluster,
      StompStats,
    ],
  };
}

function moduleOptions(
  inject: NonNullable<FactoryProvider['inject']>,
  options: (...args: any[]) => Promise<StompModuleOptions> | StompModuleOptions,
): FactoryProvider<ResolvedStompOptions> {
  return {
    provide: STOMP_MODULE_OPTIONS,
    inject: [ModulesContainer, ...inject],
    useFactory: async (modules: ModulesContainer, ...args: unknown[]) => {
      checkOnlyOne(modules);
      return resolveOptions(await options(...args), featuresOf(modules));
    },
  };
}

/** @throws Error when there are two: each would have sessions and a broker of its own */
function checkOnlyOne(modules: ModulesContainer): void {
  const count = [...modules.values()].filter(({ providers }) => providers.has(STOMP_MODULE_OPTIONS)).length;
  if (count === 1) return;
  throw new Error(
    `StompModule.forRoot() or forRootAsync() has been called for ${count} modules of the application. Call it once; modules with queues, ` +
      'histories, interceptors or security rules of their own import StompModule.forFeature().',
  );
}

/** Values are there before anything is made, whichever module is looked at first. */
function featuresOf(modules: ModulesContainer): StompFeatureOptions[] {
  return [...modules.values()]
    .map(({ providers }) => providers.get(STOMP_FEATURE_OPTIONS)?.instance as StompFeatureOptions | undefined)
    .filter((feature) => feature !== undefined);
}
