import type { CanActivate, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import { ContextIdFactory, type ApplicationConfig } from '@nestjs/core';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { HandlerMethod } from './handler-method.js';
import type { CatchingFilter, NestContexts } from './nest-contexts.js';
import {
  EXCEPTION_FILTERS_METADATA,
  GATEWAY_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  STATIC_CONTEXT,
  type ContextId,
  type InstanceWrapper,
  type Module,
} from './nest-internals.js';
import { isLasting } from './session-scopes.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** What Nest puts around a method, in the order in which it runs; of filters the first that fits. */
export interface Enhancers {
  readonly guards: readonly CanActivate[];
  readonly interceptors: NestInterceptor[];
  readonly pipes: readonly PipeTransform[];
  readonly filters: readonly CatchingFilter[];
}

/** An instance of a controller or provider, and the scope that its enhancers live in too. */
export interface HostInstance {
  readonly instance: object;
  readonly contextId: ContextId;
}

interface EnhancerKind {
  readonly name: string;
  readonly key: string;
  readonly run: string;
  /** Of the whole application (`APP_GUARD`, `useGlobalGuards()` …): instances that serve all. */
  readonly shared: (config: ApplicationConfig) => readonly unknown[];
  /** Of the whole application: those that are made for each message, or for each host. */
  readonly scoped: (config: ApplicationConfig) => readonly InstanceWrapper[];
}

const ENHANCER_KINDS: readonly EnhancerKind[] = [
  {
    name: 'guard',
    key: GUARDS_METADATA,
    run: 'canActivate',
    shared: (config) => config.getGlobalGuards(),
    scoped: (config) => config.getGlobalRequestGuards(),
  },
  {
    name: 'interceptor',
    key: INTERCEPTORS_METADATA,
    run: 'intercept',
    shared: (config) => config.getGlobalInterceptors(),
    scoped: (config) => config.getGlobalRequestInterceptors(),
  },
  {
    name: 'pipe',
    key: PIPES_METADATA,
    run: 'transform',
    shared: (config) => config.getGlobalPipes(),
    scoped: (config) => config.getGlobalRequestPipes(),
  },
  {
    name: 'filter',
    key: EXCEPTION_FILTERS_METADATA,
    run: 'catch',
    shared: (config) => config.getGlobalFilters(),
    scoped: (config) => config.getGlobalRequestFilters(),
  },
];

/** A controller or provider that has handler methods. */
export class HandlerHost {
  #own: Promise<HostInstance> | undefined;

  constructor(
    private readonly contexts: NestContexts,
    private readonly wrapper: InstanceWrapper,
    private readonly module: Module,
    private readonly collection: Map<any, InstanceWrapper>,
  ) {}

  get classRef(): Type<object> {
    return this.wrapper.metatype as Type<object>;
  }

  get moduleName(): string {
    return this.module.name;
  }

  /** Whether Nest connects it with the application's WebSocket adapter. */
  get isGateway(): boolean {
    return this.collection === this.module.providers && Reflect.hasMetadata(GATEWAY_METADATA, this.classRef);
  }

  /** False: itself, something it needs or one of its enhancers is made anew for each session or message. */
  get isStatic(): boolean {
    return this.wrapper.isDependencyTreeStatic();
  }

  /** Itself, all that it needs and its enhancers serve all messages of a session, or of all sessions. */
  get isSessionScoped(): boolean {
    return this.contexts.sessionScopes.isNeededBy(this.wrapper) && this.#isDurable;
  }

  /**
   * The instance that serves all messages.
   * @throws Error when an enhancer of the method cannot run
   */
  async loadStatic(method: HandlerMethod): Promise<HostInstance> {
    const shared = { instance: this.wrapper.instance as object, contextId: STATIC_CONTEXT };
    if (!this.wrapper.isTransient && !this.#missingEnhancer(method, shared)) return shared;
    // A transient provider has no instance of its own, and some versions of Nest make no transient enhancers for a shared one.
    const own = await (this.#own ??= this.#load(ContextIdFactory.create()));
    this.checkEnhancers(method, own);
    return own;
  }

  /** The instance that all share who need no enhancers. */
  loadShared(): MaybePromise<HostInstance> {
    if (!this.wrapper.isTransient) return { instance: this.wrapper.instance as object, contextId: STATIC_CONTEXT };
    return (this.#own ??= this.#load(ContextIdFactory.create()));
  }

  /** The same, or one for this session or message if they are made anew for each. */
  loadToCall(context: StompExecutionContext): MaybePromise<HostInstance> {
    if (this.isStatic) return this.loadShared();
    return this.isSessionScoped ? this.loadForSession(context) : this.loadForMessage(context);
  }

  /**
   * The instance that serves all messages of the session, made by the first of them.
   * @throws MessageHandlingException when there is no session, or it is over
   */
  loadForSession(context: StompExecutionContext): MaybePromise<HostInstance> {
    const scope = this.contexts.sessionScopes.of(context);
    return scope.once(this, () => this.#load(scope.contextId));
  }

  /**
   * An instance for one message, forgotten with it.
   * @throws MessageHandlingException when it needs something of a session, and there is none or it is over
   */
  async loadForMessage(context: StompExecutionContext): Promise<HostInstance> {
    const { request } = context;
    const contextId = ContextIdFactory.getByRequest(request as unknown as Record<any, any>);
    const payload = (contextId as { payload?: object }).payload;
    const { sessionScopes } = this.contexts;
    const needsSession = sessionScopes.isNeededBy(this.wrapper);
    // What lives as long as a tenant would keep the request of its first message.
    const isOfTenant = this.wrapper.isDependencyTreeDurable() && !needsSession;
    this.contexts.moduleRef.registerRequestByContextId(
      isOfTenant ? payload : Object.assign(request, payload),
      contextId,
    );
    if (!needsSession) return this.#load(contextId);
    const scope = sessionScopes.of(context);
    sessionScopes.attach(contextId, scope);
    return scope.make(() => this.#load(contextId));
  }

  /** Nest calls a class durable that says so itself, whatever its enhancers are. */
  get #isDurable(): boolean {
    const enhancers = this.wrapper.getEnhancersMetadata() ?? [];
    return this.wrapper.isDependencyTreeDurable() && enhancers.every(isLasting);
  }

  async #load(contextId: ContextId): Promise<HostInstance> {
    const { wrapper, module, collection } = this;
    const prototype = (wrapper.instance ?? Object.create(this.classRef.prototype as object)) as object;
    const injector = this.contexts.moduleRef['injector'];
    const instance = await injector.loadPerContext<object>(prototype, module, collection, contextId, wrapper);
    return { instance, contextId };
  }

  enhancersOf(method: HandlerMethod, { instance, contextId }: HostInstance): Enhancers {
    const { guards, interceptors, pipes, filters } = this.contexts;
    const { id } = this.wrapper;
    const module = this.module.token;
    return {
      guards: guards.create(instance, method.callback, module, contextId, id),
      interceptors: interceptors.create(instance, method.callback, module, contextId, id),
      pipes: pipes.create(instance, method.callback, module, contextId, id),
      filters: filters.filtersOf(instance, method.callback, module, contextId, id),
    };
  }

  /** Whether an interceptor may run around the method; those that are made anew for each message cannot be counted. */
  mayBeIntercepted(callback: (...args: any[]) => unknown): boolean {
    const { interceptors } = this.contexts;
    return !this.isStatic || interceptors.create(this.wrapper.instance, callback, this.module.token).length > 0;
  }

  /** Instances of the pipes that a parameter's decorator names. */
  parameterPipes(pipes: readonly unknown[], { contextId }: HostInstance): PipeTransform[] {
    if (pipes.length === 0) return [];
    this.contexts.pipes.setModuleContext(this.module.token);
    return this.contexts.pipes.createConcreteContext([...pipes], contextId, this.wrapper.id);
  }

  /**
   * Nest leaves out silently what it has not made: a guard that is declared but does not run would be a hole.
   * @param hostInstance undefined if it is made anew for each session or message
   * @throws Error which names the class that is missing and the method
   */
  checkEnhancers(method: HandlerMethod, hostInstance?: HostInstance): void {
    const missing = this.#missingEnhancer(method, hostInstance);
    if (!missing) return;
    throw new Error(
      `The ${missing} of ${method.toString()} cannot run: Nest has not created it. Old versions of Nest do not if useExisting ` +
        `names it, or if ${this.classRef.name} is provided under a token instead of being listed itself.`,
    );
  }

  #missingEnhancer(method: HandlerMethod, hostInstance?: HostInstance): string | undefined {
    for (const { name, enhancer, run } of declaredEnhancers(this.classRef, method)) {
      const isItsOwn = typeof (enhancer as unknown as Record<string, unknown>)[run] === 'function';
      if (!isItsOwn && !this.#isMade(enhancer, hostInstance)) return `${name} ${enhancer.name}`;
    }
    return this.#missingGlobal(hostInstance);
  }

  #missingGlobal(hostInstance?: HostInstance): string | undefined {
    const { config } = this.contexts;
    // By id, because some versions of Nest copy the wrappers.
    const idsOfHost = (this.wrapper.getEnhancersMetadata() ?? []).map(({ id }) => id);
    const isMade = (wrapper: InstanceWrapper): boolean =>
      idsOfHost.includes(wrapper.id) &&
      (!hostInstance || wrapper.getInstanceByContextId(hostInstance.contextId, this.wrapper.id).isResolved === true);
    // Where `APP_GUARD` names a request-scoped class with `useExisting`, some versions of Nest have null for it.
    const missing = ENHANCER_KINDS.find(
      ({ shared, scoped }) => shared(config).includes(null) || !scoped(config).every(isMade),
    );
    return missing && `global ${missing.name}`;
  }

  #isMade(enhancer: Type, hostInstance: HostInstance | undefined): boolean {
    const wrapper = this.module.injectables.get(enhancer);
    if (!wrapper || !hostInstance) return wrapper !== undefined;
    const made = wrapper.getInstanceByContextId(hostInstance.contextId, this.wrapper.id);
    return wrapper.isNotMetatype || made.isResolved === true;
  }
}

/** The enhancers that are declared as classes, for Nest to make. */
function declaredEnhancers(
  classRef: Type<object>,
  method: HandlerMethod,
): { name: string; enhancer: Type; run: string }[] {
  const declared = ENHANCER_KINDS.flatMap(({ name, key, run }) =>
    [classRef, method.callback]
      .flatMap((target) => (Reflect.getMetadata(key, target) ?? []) as unknown[])
      .map((enhancer) => ({ name, enhancer, run })),
  );
  const pipes = method.parameters
    .flatMap((parameter) => parameter.pipes)
    .map((enhancer) => ({ name: 'pipe', enhancer, run: 'transform' }));
  return [...declared, ...pipes].filter(
    (entry): entry is { name: string; enhancer: Type; run: string } => typeof entry.enhancer === 'function',
  );
}
