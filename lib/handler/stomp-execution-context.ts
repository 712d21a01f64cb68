import type { ExecutionContext, Type } from '@nestjs/common';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import type { Message } from '../messaging/message.js';
import type { StompSession } from '../session/stomp-session.js';
import type { Variables } from '../utils/segment-pattern.js';
import type { HandlerMethod } from './handler-method.js';
import { isEmptyPayload } from './empty-payload.js';
import { NO_RESPONSE, StompRequest } from './stomp-request.js';

/** What is told of the method that a message is for. */
export type ContextMethod = Pick<HandlerMethod, 'classRef' | 'callback' | 'toString'>;

const NOT_CONVERTED = Symbol('not converted');

/**
 * One message on its way through a handler: what arguments are made from, and what guards, pipes, interceptors and filters see of it.
 * Its type is `ws`; `getArgs()` are the session, the payload, the message and the pattern.
 */
export class StompExecutionContext implements ExecutionContext {
  /** What a `@MessageExceptionHandler` is asked about. */
  exception: unknown;
  /** Whether something was thrown, undefined perhaps: what is sent now answers a failure. */
  hasFailed = false;
  #payload: unknown = NOT_CONVERTED;
  #request: StompRequest | undefined;

  constructor(
    readonly message: Message,
    readonly session: StompSession | undefined,
    /** The destination without the application prefix, as handlers are mapped. */
    readonly lookupDestination: string,
    /** The mapped pattern that the destination matches. */
    readonly pattern: string,
    readonly variables: Variables,
    /** The method that the message is mapped to. */
    readonly method: ContextMethod,
    private readonly converter: CompositeMessageConverter,
  ) {}

  get user(): PrincipalLike | undefined {
    return this.message.headers.user ?? this.session?.user;
  }

  /** The payload converted by its content type alone: JSON, text or bytes; undefined if it is empty. */
  get payload(): unknown {
    if (this.#payload === NOT_CONVERTED) {
      const isEmpty = isEmptyPayload(this.message, this.converter);
      this.#payload = isEmpty ? undefined : this.converter.fromMessage(this.message);
    }
    return this.#payload;
  }

  /** One object for the whole way, so that a guard may leave something on it for others. */
  get request(): StompRequest {
    return (this.#request ??= new StompRequest(this));
  }

  getClass<T = any>(): Type<T> {
    return this.method.classRef as Type<T>;
  }

  getHandler(): (...args: unknown[]) => unknown {
    return this.method.callback;
  }

  getArgs<T extends any[] = any[]>(): T {
    return [this.session, this.payload, this.message, this.pattern] as unknown as T;
  }

  getArgByIndex<T = any>(index: number): T {
    return (index === 1 ? this.payload : [this.session, undefined, this.message, this.pattern][index]) as T;
  }

  getType<T extends string = 'ws'>(): T {
    return 'ws' as T;
  }

  /** Nest's consumers set the type; ours is what it is. */
  setType(): void {}

  switchToWs(): ReturnType<ExecutionContext['switchToWs']> {
    return {
      getClient: <T>() => this.session as T,
      getData: <T>() => this.payload as T,
      getPattern: () => this.pattern,
    };
  }

  switchToHttp(): ReturnType<ExecutionContext['switchToHttp']> {
    return {
      getRequest: <T>() => this.request as T,
      getResponse: <T>() => NO_RESPONSE as T,
      getNext: <T>() => undefined as T,
    };
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return { getData: <T>() => this.payload as T, getContext: <T>() => this.session as T };
  }
}
