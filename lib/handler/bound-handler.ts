import { WsException } from '@nestjs/websockets';
import { isObservable, lastValueFrom } from 'rxjs';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import { BoundMethod } from './bound-method.js';
import { canActivate, FORBIDDEN } from './can-activate.js';
import { InterceptedReply } from './intercepted-reply.js';
import type { HandlerDependencies, MappedHandler } from './mapped-handler.js';
import type { Enhancers, HostInstance } from './handler-host.js';
import type { ReplyPlan } from './reply-plan.js';
import { isStream } from './reply-stream.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/**
 * A mapped method of one instance with all that runs around it: guards, interceptors, pipes, the method, interceptors again; then its
 * reply is sent. What goes wrong anywhere goes to the exception handlers of the class, then to Nest's filters, then to the session.
 */
export class BoundHandler {
  readonly #enhancers: Enhancers;
  readonly #method: BoundMethod;

  constructor(
    private readonly mapped: MappedHandler,
    private readonly hostInstance: HostInstance,
    private readonly dependencies: HandlerDependencies,
  ) {
    const { host, method } = mapped;
    this.#enhancers = host.enhancersOf(method, hostInstance);
    this.#method = new BoundMethod(method, host, hostInstance, this.#enhancers.pipes);
  }

  handle(context: StompExecutionContext): MaybePromise<void> {
    try {
      const handled = this.#run(context);
      return isPromise<void>(handled) ? handled.catch((error: unknown) => this.#fail(error, context)) : handled;
    } catch (error) {
      return this.#fail(error, context);
    }
  }

  #run(context: StompExecutionContext): MaybePromise<void> {
    this.mapped.checkRate(context);
    const { guards } = this.#enhancers;
    if (guards.length === 0) return this.#call(context);
    return then(canActivate(guards, context), (isAllowed) => {
      if (!isAllowed) throw new WsException(FORBIDDEN);
      return this.#call(context);
    });
  }

  #call(context: StompExecutionContext): MaybePromise<void> {
    this.dependencies.replies.checkReplyTo(context);
    if (this.#enhancers.interceptors.length > 0) return this.#callIntercepted(context);
    const value = this.#method.invoke(context);
    return isPromise(value)
      ? value.then((settled) => this.#reply(settled, this.mapped.reply, context))
      : this.#reply(value, this.mapped.reply, context);
  }

  #callIntercepted(context: StompExecutionContext): MaybePromise<void> {
    const { contexts, streams } = this.dependencies;
    const reply = new InterceptedReply();
    const values = (returnedStream: () => void) =>
      contexts.intercept(
        this.#enhancers.interceptors,
        context,
        this.hostInstance.instance,
        this.mapped.method.callback,
        async () => {
          const value = await this.#method.invoke(context);
          if (!isStream(value)) return reply.unwrap(value);
          returnedStream();
          return reply.unwrapStream(value);
        },
      );
    const listener = this.#streamListener(this.mapped.reply, context);
    return streams.openIntercepted(values, context, { ...listener, item: (value) => listener.item(reply.wrap(value)) });
  }

  #reply(value: unknown, plan: ReplyPlan, context: StompExecutionContext): MaybePromise<void> {
    const { streams, replies } = this.dependencies;
    return isStream(value)
      ? streams.open(value, context, this.#streamListener(plan, context))
      : replies.send(value, plan, context);
  }

  #streamListener(plan: ReplyPlan, context: StompExecutionContext) {
    return {
      item: (value: unknown) => this.dependencies.replies.send(value, plan, context),
      lateFailure: (error: unknown) => this.#failLate(error, context),
    };
  }

  /** A client that is told of the failure of its frame has its answer: a RECEIPT would say that nothing had failed. */
  #fail(error: unknown, context: StompExecutionContext): MaybePromise<void> {
    return then(this.#recover(error, context), (isAnswered) => {
      if (isAnswered) context.message.headers.receiptHeaders = null;
    });
  }

  /** @returns whether the client is told, by what an exception handler or a filter has returned */
  #recover(error: unknown, context: StompExecutionContext): MaybePromise<boolean> {
    context.hasFailed = true;
    const found = this.mapped.exceptionHandlerOf(error);
    if (!found) return this.#filter(error, context);
    const { handler, advice } = found;
    const failed = (next: unknown): MaybePromise<boolean> => this.#filter(next, context);
    try {
      context.exception = error;
      const value = advice
        ? then(advice.loadToCall(context), (own) => new BoundMethod(handler.method, advice, own, []).invoke(context))
        : new BoundMethod(handler.method, this.mapped.host, this.hostInstance, []).invoke(context);
      const handled = then(value, (settled) =>
        then(this.#reply(settled, handler.reply, context), () => isAnswer(settled)),
      );
      return isPromise(handled) ? handled.catch(failed) : handled;
    } catch (next) {
      return failed(next);
    }
  }

  /** A filter has handled the exception unless it throws; what it returns is for the client whose message it was. */
  #filter(error: unknown, context: StompExecutionContext): MaybePromise<boolean> {
    const filter = this.#enhancers.filters.find(
      ({ exceptionMetatypes: types }) => types.length === 0 || types.some((type) => error instanceof type),
    );
    if (!filter) throw error;
    const answer: unknown = filter.func(error, context);
    const settled = isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined }) : answer;
    return then(settled, (value) => then(this.dependencies.replies.sendError(value, context), () => isAnswer(value)));
  }

  /** An Observable fails in the midst of what makes it fail, which may be another session's message. */
  #failLate(error: unknown, context: StompExecutionContext): void {
    const { runInContext } = this.dependencies;
    const recover = (): void => void this.#recoverLate(error, context);
    if (runInContext) runInContext(context, recover);
    else recover();
  }

  async #recoverLate(error: unknown, context: StompExecutionContext): Promise<void> {
    try {
      await this.#recover(error, context);
    } catch (unhandled) {
      this.dependencies.onLateFailure(unhandled, context);
    }
  }
}

function isAnswer(value: unknown): boolean {
  return value !== undefined && value !== null;
}
