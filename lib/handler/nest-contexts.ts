import type { ExceptionFilter, NestInterceptor, Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer, type ApplicationConfig } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { DependencyGraph } from './dependency-graph.js';
import { HandlerHost } from './handler-host.js';
import {
  BaseExceptionFilterContext,
  EXCEPTION_FILTERS_METADATA,
  GuardsContextCreator,
  InterceptorsConsumer,
  InterceptorsContextCreator,
  PipesContextCreator,
  type ContextId,
  type InstanceWrapper,
  type NestContainer,
} from './nest-internals.js';
import { SessionScopes } from './session-scopes.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** Marks a filter that Nest's WebSockets module alone shall ask, though the class has other methods too. */
export const GATEWAYS_ONLY = Symbol('gateways only');

/** A filter and what it catches; nothing named is everything. */
export interface CatchingFilter {
  readonly func: ExceptionFilter['catch'];
  readonly exceptionMetatypes: readonly Type<unknown>[];
}

/**
 * Nest's enhancers for our handlers. Guards, pipes, interceptors and filters are found by Nest's own context creators, at every level and in
 * every scope, as for HTTP routes; `ExternalContextCreator`, which libraries are offered, leaves some of them out.
 */
export class NestContexts {
  readonly guards: GuardsContextCreator;
  readonly interceptors: InterceptorsContextCreator;
  readonly pipes: PipesContextCreator;
  readonly filters: FilterContext;
  readonly #interceptorsConsumer = new StompInterceptorsConsumer();
  #hosts: readonly HandlerHost[] | undefined;
  #sessionScopes: SessionScopes | undefined;

  constructor(
    readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    readonly config: ApplicationConfig,
  ) {
    // All that the context creators want of the container.
    const container = { getModules: () => modules } as unknown as NestContainer;
    this.guards = new GuardsContextCreator(container, config);
    this.interceptors = new InterceptorsContextCreator(container, config);
    this.pipes = new PipesContextCreator(container, config);
    this.filters = new FilterContext(container, config);
  }

  /** What lives as long as a session; known once Nest has made what lives as long as the application. */
  get sessionScopes(): SessionScopes {
    return (this.#sessionScopes ??= new SessionScopes(this.modules, new DependencyGraph(this.moduleRef['injector'])));
  }

  /** Every controller and provider that Nest makes from a class. */
  hosts(): readonly HandlerHost[] {
    return (this.#hosts ??= [...this.#findHosts()]);
  }

  *#findHosts(): Generator<HandlerHost> {
    for (const module of this.modules.values()) {
      for (const collection of [module.controllers, module.providers]) {
        for (const wrapper of collection.values()) {
          if (isMadeFromClass(wrapper)) yield new HandlerHost(this, wrapper, module, collection);
        }
      }
    }
  }

  /** Objects that came into being without Nest: it knows nothing of the enhancers that their classes declare. */
  *foreignInstances(): Generator<object> {
    for (const module of this.modules.values()) {
      for (const wrapper of module.providers.values()) {
        if (!wrapper.isNotMetatype || wrapper.isAlias) continue;
        const { instance } = wrapper as { instance: unknown };
        if (typeof instance === 'object' && instance !== null) yield instance;
      }
    }
  }

  /** Runs the interceptors around `next`. */
  intercept(
    interceptors: NestInterceptor[],
    context: StompExecutionContext,
    instance: object,
    callback: (...args: any[]) => unknown,
    next: () => Promise<unknown>,
  ): Promise<Observable<unknown>> {
    const result = this.#interceptorsConsumer.intercept(interceptors, [context], instance, callback, next, 'ws');
    return result as Promise<Observable<unknown>>;
  }
}

class FilterContext extends BaseExceptionFilterContext {
  constructor(
    container: NestContainer,
    private readonly config: ApplicationConfig,
  ) {
    super(container);
  }

  /** The nearest first: of the method, of the class, of the application. */
  filtersOf(
    instance: object,
    callback: (...args: any[]) => unknown,
    module: string,
    contextId: ContextId,
    inquirerId: string,
  ): CatchingFilter[] {
    this.moduleContext = module;
    const filters = this.createContext<any, CatchingFilter[]>(
      instance,
      callback,
      EXCEPTION_FILTERS_METADATA,
      contextId,
      inquirerId,
    );
    return filters.reverse();
  }

  override getFilterInstance(
    filter: Type<ExceptionFilter> | ExceptionFilter,
    contextId?: ContextId,
    inquirerId?: string,
  ): ExceptionFilter | null {
    return GATEWAYS_ONLY in filter ? null : super.getFilterInstance(filter, contextId, inquirerId);
  }

  /** Nest 11 looks for the durable filters of the application in the context of the message, where they are not. */
  override getGlobalMetadata<T extends any[]>(contextId: ContextId, inquirerId: string): T {
    const scoped = this.config
      .getGlobalRequestFilters()
      .map((wrapper) => wrapper.getInstanceByContextId(this.getContextId(contextId, wrapper), inquirerId))
      .map(({ instance }) => instance);
    return [...this.config.getGlobalFilters(), ...scoped] as T;
  }
}

/** Interceptors get the context that guards and pipes get, not a copy made of its arguments. */
class StompInterceptorsConsumer extends InterceptorsConsumer {
  override createContext([context]: unknown[]): any {
    return context;
  }
}

function isMadeFromClass(wrapper: InstanceWrapper): boolean {
  return Boolean(wrapper.metatype) && !wrapper.isNotMetatype && !wrapper.isAlias;
}
