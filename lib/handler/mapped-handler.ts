import type { MappedCommand } from '../decorators/mapping-metadata.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import { then, type MaybePromise } from '../utils/maybe-promise.js';
import { BoundHandler } from './bound-handler.js';
import { findExceptionHandler, type ControllerAdvice, type FoundExceptionHandler } from './controller-advice.js';
import type { ExceptionHandler, ExceptionHandlers } from './exception-handlers.js';
import { HandlerRateLimit } from './handler-rate-limit.js';
import type { HandlerMethod } from './handler-method.js';
import type { HandlerHost, HostInstance } from './handler-host.js';
import type { NestContexts } from './nest-contexts.js';
import type { ReplyPlan } from './reply-plan.js';
import type { ReplySender } from './reply-sender.js';
import type { ReplyStreams } from './reply-streams.js';
import type { RunInContext } from './stomp-context.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** What all handlers share. */
export interface HandlerDependencies {
  readonly contexts: NestContexts;
  readonly converter: CompositeMessageConverter;
  readonly replies: ReplySender;
  readonly streams: ReplyStreams;
  /** How many sessions, users or addresses a `@RateLimit` remembers. */
  readonly rateLimitKeyLimit: number;
  /** A stream has failed after its frame had been answered, and nobody has handled that. */
  readonly onLateFailure: (error: unknown, context: StompExecutionContext) => void;
  /** For what is called from elsewhere on behalf of a message; undefined if nobody asks for `StompContext.current()`. */
  readonly runInContext?: RunInContext | undefined;
}

/** A method that is mapped to destinations. */
export class MappedHandler {
  /** Undefined: its class is made anew for each session or message. */
  #bound: BoundHandler | undefined;
  /** By the instance of a session. */
  readonly #boundToSession = new WeakMap<HostInstance, BoundHandler>();
  readonly #rateLimit: HandlerRateLimit | undefined;

  constructor(
    readonly host: HandlerHost,
    readonly method: HandlerMethod,
    readonly command: MappedCommand,
    readonly reply: ReplyPlan,
    private readonly ownExceptionHandlers: ExceptionHandlers,
    private readonly advices: readonly ControllerAdvice[],
    private readonly dependencies: HandlerDependencies,
  ) {
    this.#rateLimit = HandlerRateLimit.of(method, dependencies.rateLimitKeyLimit);
  }

  /** @throws RateLimitExceededException when messages come faster than the method is to be called */
  checkRate(context: StompExecutionContext): void {
    this.#rateLimit?.check(context);
  }

  /** Those of its class and of every advice: what may answer when it fails. */
  get exceptionHandlers(): readonly ExceptionHandler[] {
    return [this.ownExceptionHandlers, ...this.advices.map(({ exceptionHandlers }) => exceptionHandlers)].flatMap(
      ({ all }) => all,
    );
  }

  exceptionHandlerOf(exception: unknown): FoundExceptionHandler | undefined {
    return findExceptionHandler(exception, this.ownExceptionHandlers, this.advices);
  }

  /** @throws Error when an enhancer is declared that cannot run */
  async prepare(): Promise<void> {
    const { host, method, dependencies } = this;
    if (!host.isStatic) return host.checkEnhancers(method);
    const hostInstance = await host.loadStatic(method);
    this.#bound = new BoundHandler(this, hostInstance, dependencies);
  }

  handle(context: StompExecutionContext): MaybePromise<void> {
    return this.#bound ? this.#bound.handle(context) : this.#handleScoped(context);
  }

  #handleScoped(context: StompExecutionContext): MaybePromise<void> {
    const { host, dependencies } = this;
    return host.isSessionScoped
      ? then(host.loadForSession(context), (own) => this.#bindToSession(own).handle(context))
      : host.loadForMessage(context).then((own) => new BoundHandler(this, own, dependencies).handle(context));
  }

  #bindToSession(hostInstance: HostInstance): BoundHandler {
    const known = this.#boundToSession.get(hostInstance);
    if (known) return known;
    const bound = new BoundHandler(this, hostInstance, this.dependencies);
    this.#boundToSession.set(hostInstance, bound);
    return bound;
  }

  toString(): string {
    return this.method.toString();
  }
}
