import { Logger, type InjectionToken, type OnModuleDestroy } from '@nestjs/common';
import { ContextIdFactory, REQUEST, type ContextId, type ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import { StompSession } from '../session/stomp-session.js';
import type { DependencyGraph } from './dependency-graph.js';
import { SessionScope } from './session-scope.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

const logger = new Logger('StompModule');

/**
 * The scopes of all sessions. A session-scoped provider is one of Nest's durable providers that needs, itself or through others, the
 * `StompSession`: where Nest looks for it, by way of `ContextId.getParent`, is the session's context and not the message's.
 */
export class SessionScopes {
  readonly #scopes = new WeakMap<StompSession, SessionScope>();
  readonly #ending = new Set<Promise<void>>();
  /** All that need the `StompSession`, for how long ever they live. */
  readonly #needing: ReadonlySet<InstanceWrapper>;
  /** Those that live as long as the session. What needs others comes before them. */
  readonly #members: readonly InstanceWrapper[];
  readonly #tokens: ReadonlySet<InjectionToken>;

  constructor(
    modules: ModulesContainer,
    private readonly graph: DependencyGraph,
  ) {
    const wrappers = [...modules.values()].flatMap(({ controllers, providers, injectables }) =>
      [controllers, providers, injectables].flatMap((collection) => [...collection.values()] as InstanceWrapper[]),
    );
    this.#needing = this.#findNeeding(wrappers);
    this.#members = this.#dependentsFirst().filter((wrapper) => wrapper.isDependencyTreeDurable());
    this.#tokens = new Set(this.#members.map(({ token }) => token));
  }

  /** @throws Error when something that lives as long as a session needs what does not */
  check(): void {
    this.#needing.forEach(checkNotStatic);
    for (const member of this.#members) this.#checkDependencies(member);
  }

  /** Whether it, or something that it needs, lives as long as a session. */
  isNeededBy(wrapper: InstanceWrapper): boolean {
    return this.#needing.has(wrapper);
  }

  /**
   * The scope of the session that the message came from.
   * @throws MessageHandlingException when it came from none, or from one that is over
   */
  of(context: StompExecutionContext): SessionScope {
    const { session } = context;
    if (!session) {
      throw new MessageHandlingException('What handles the message lives as long as a session, but there is none.');
    }
    const known = this.#scopes.get(session);
    if (known) return known;
    if (session.isOver) throw new MessageHandlingException('The session is over.');
    return this.#open(session, context);
  }

  /** Has Nest look in the session's scope for what lives as long as the session, when it makes something for one message. */
  attach(contextId: ContextId, scope: SessionScope): void {
    const ownParent = contextId.getParent;
    contextId.getParent = (info) =>
      info.isTreeDurable && this.#tokens.has(info.token)
        ? scope.contextId
        : (ownParent?.call(contextId, info) ?? contextId);
  }

  /** Settles when the scopes of all sessions that are over have been destroyed. */
  async destroyed(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #findNeeding(wrappers: readonly InstanceWrapper[]): Set<InstanceWrapper> {
    const dependents = new Map<InstanceWrapper, InstanceWrapper[]>();
    for (const wrapper of wrappers) {
      for (const needed of this.graph.neededBy(wrapper)) {
        const others = dependents.get(needed);
        if (others) others.push(wrapper);
        else dependents.set(needed, [wrapper]);
      }
    }
    const needing = new Set(wrappers.filter(isSession));
    // What is added meanwhile is visited too.
    for (const wrapper of needing) dependents.get(wrapper)?.forEach((dependent) => needing.add(dependent));
    return needing;
  }

  #dependentsFirst(): InstanceWrapper[] {
    const visited = new Set<InstanceWrapper>();
    const sorted: InstanceWrapper[] = [];
    const visit = (wrapper: InstanceWrapper): void => {
      if (visited.has(wrapper) || !this.#needing.has(wrapper)) return;
      visited.add(wrapper);
      this.graph.neededBy(wrapper).forEach(visit);
      sorted.unshift(wrapper);
    };
    this.#needing.forEach(visit);
    return sorted;
  }

  #checkDependencies(wrapper: InstanceWrapper): void {
    const passing = this.graph.injectedInto(wrapper).find((needed) => !isLasting(needed));
    if (!passing) return;
    throw new Error(
      passing.token === REQUEST
        ? `${nameOf(wrapper)} lives as long as a session, but REQUEST is something of one message. Inject StompSession instead.`
        : `${nameOf(wrapper)} lives as long as a session, but needs ${nameOf(passing)}, which is made anew for each message.`,
    );
  }

  #open(session: StompSession, context: StompExecutionContext): SessionScope {
    // An application's own ContextIdStrategy sees the first message of the session.
    const contextId = ContextIdFactory.getByRequest(context.request);
    const scope = new SessionScope(contextId);
    this.attach(contextId, scope);
    for (const wrapper of this.#members) {
      if (isSession(wrapper)) wrapper.setInstanceByContextId(contextId, { instance: session, isResolved: true });
    }
    this.#scopes.set(session, scope);
    session.onEnd(() => {
      this.#scopes.delete(session);
      const ending = this.#destroy(scope).finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    });
    return scope;
  }

  /** One after the other, so that each still has what it needs. */
  async #destroy(scope: SessionScope): Promise<void> {
    await scope.end();
    const destroyed = new Set<unknown>();
    for (const wrapper of this.#members) {
      const { instance, isResolved } = wrapper.getInstanceByContextId(scope.contextId, wrapper.id);
      if (!isResolved || destroyed.has(instance)) continue;
      destroyed.add(instance);
      try {
        await (instance as Partial<OnModuleDestroy> | null | undefined)?.onModuleDestroy?.();
      } catch (error) {
        logger.error(`${nameOf(wrapper)}.onModuleDestroy() failed`, error instanceof Error ? error.stack : error);
      }
    }
  }
}

function isSession(wrapper: InstanceWrapper): boolean {
  return wrapper.token === StompSession && !wrapper.isDependencyTreeStatic();
}

/** Nest 11.0 may overlook that the enhancers of a provider are no singletons, and would run them half made. */
function checkNotStatic(wrapper: InstanceWrapper): void {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return;
  throw new Error(
    `${nameOf(wrapper)} needs something session-scoped, but this version of Nest makes it only once. ` +
      `Declare it @StompSessionScoped() too.`,
  );
}

/** Whether it is not made anew for each message. */
export function isLasting(wrapper: InstanceWrapper): boolean {
  return wrapper.isDependencyTreeStatic() || wrapper.isDependencyTreeDurable();
}

function nameOf({ name }: InstanceWrapper): string {
  return typeof name === 'function' ? (name as { name: string }).name : String(name);
}
