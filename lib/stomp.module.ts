import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { describeError } from './handler/describe-error.js';
import type {
  StompModuleAsyncOptions,
  StompModuleOptions,
  StompOptionsFactory,
} from './interfaces/stomp-module-options.interface.js';
import { SimpMessagingTemplate } from './messaging/simp-messaging.template.js';
import { SimpUserRegistry } from './messaging/simp-user.registry.js';
import { resolveOptions, type ResolvedStompOptions } from './options/stomp-options.js';
import { StompSessionRegistry } from './session/stomp-session.registry.js';
import { StompBootstrap } from './stomp.bootstrap.js';
import { STOMP_MODULE_OPTIONS } from './stomp.constants.js';
import { StompHandlers } from './stomp.handlers.js';
import { StompRuntime } from './stomp.runtime.js';
import { stompLog } from './stomp.log.js';

const RUNTIME: Provider = {
  provide: StompRuntime,
  inject: [STOMP_MODULE_OPTIONS],
  useFactory: (options: ResolvedStompOptions) => new StompRuntime(options, stompLog, describeError),
};

const EXPORTED: Provider[] = [
  { provide: SimpMessagingTemplate, inject: [StompRuntime], useFactory: ({ template }: StompRuntime) => template },
  { provide: SimpUserRegistry, inject: [StompRuntime], useFactory: ({ users }: StompRuntime) => users },
  { provide: StompSessionRegistry, inject: [StompRuntime], useFactory: ({ sessions }: StompRuntime) => sessions },
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
  /** @throws StompOptionException when an option cannot be */
  static forRoot(options: StompModuleOptions = {}): DynamicModule {
    const resolved = resolveOptions(options);
    return stompModule([{ provide: STOMP_MODULE_OPTIONS, useValue: resolved }]);
  }

  /** Options that depend on other providers. An option that cannot be stops the start. */
  static forRootAsync(options: StompModuleAsyncOptions): DynamicModule {
    return stompModule(asyncOptions(options), options.imports);
  }
}

function stompModule(options: Provider[], imports: DynamicModule['imports'] = []): DynamicModule {
  return {
    module: StompModule,
    global: true,
    imports,
    providers: [...options, RUNTIME, ...EXPORTED, StompHandlers, StompBootstrap],
    exports: [StompRuntime, SimpMessagingTemplate, SimpUserRegistry, StompSessionRegistry],
  };
}

function asyncOptions({ useFactory, inject, useClass, useExisting }: StompModuleAsyncOptions): Provider[] {
  if (useFactory) {
    const resolve = async (...args: unknown[]): Promise<ResolvedStompOptions> =>
      resolveOptions(await useFactory(...args));
    return [{ provide: STOMP_MODULE_OPTIONS, inject: inject ?? [], useFactory: resolve }];
  }
  const factory = useClass ?? useExisting;
  if (!factory) throw new Error('StompModule.forRootAsync needs useFactory, useClass or useExisting.');
  return [
    {
      provide: STOMP_MODULE_OPTIONS,
      inject: [factory],
      useFactory: async (made: StompOptionsFactory) => resolveOptions(await made.createStompOptions()),
    },
    ...(useClass ? [useClass] : []),
  ];
}
