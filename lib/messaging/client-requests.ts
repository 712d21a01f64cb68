import { randomUUID } from 'node:crypto';
import { MessageTimeoutException } from '../exceptions/message-timeout.exception.js';
import { MessageDeliveryException, MessageHandlingException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';
import type { TimerWheel, WheelTimer } from '../utils/timer-wheel.js';
import type { CompositeMessageConverter, TargetType } from './message-converter.js';
import type { MessageHandler } from './message-channel.js';
import type { Message } from './message.js';
import type { SimpUserRegistry } from './simp-user.registry.js';

/** Whom to ask: a user by name, whose first reply counts, or one session. */
export type RequestTarget = string | { readonly id: string };

export interface ClientRequestsOptions {
  /** What the destinations begin with that clients reply to. */
  readonly replyDestinationPrefix: string;
  /** How many requests may wait for their reply. */
  readonly limit: number;
  /** How long one may, in milliseconds, if it does not say. */
  readonly timeout: number;
}

/** How a request travels. */
export interface RequestAddress {
  /** The name in the user destination that the request goes to. */
  readonly name: string;
  /** Of the one session that is asked. */
  readonly sessionId: string | undefined;
  /** Where the client sends its reply. */
  readonly replyTo: string;
  readonly correlationId: string;
}

interface PendingRequest {
  readonly name: string;
  readonly isSession: boolean;
  readonly type: TargetType;
  readonly timer: WheelTimer;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests of the application that wait for a client's reply. Each has a destination of its own that cannot be guessed, and only
 * those who were asked may reply to it.
 */
export class ClientRequests implements MessageHandler {
  readonly #pending = new Map<string, PendingRequest>();
  /** Ids of the requests to a user or session, whose end is theirs. */
  readonly #byTarget = new Map<string, Set<string>>();
  readonly #prefix: string;

  constructor(
    private readonly users: SimpUserRegistry,
    private readonly isSession: (sessionId: string) => boolean,
    private readonly converter: CompositeMessageConverter,
    private readonly wheel: TimerWheel,
    private readonly options: ClientRequestsOptions,
    /** Takes replies that nobody here waits for, where there are other servers. */
    private readonly toOthers?: (reply: Message) => void,
  ) {
    const { replyDestinationPrefix: prefix } = options;
    this.#prefix = prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  /** How many wait for their reply. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Sends a request and waits for its reply.
   * @throws MessageTimeoutException when none comes in time
   * @throws MessageDeliveryException when nobody is there to ask, when they leave, or when too many requests wait
   */
  ask(
    target: RequestTarget,
    timeout: number | undefined,
    type: TargetType,
    send: (address: RequestAddress) => unknown,
  ): Promise<unknown> {
    const { name, isSession } = this.#resolve(target);
    if (this.#pending.size >= this.options.limit) {
      throw new MessageDeliveryException(`There are ${this.options.limit} requests that wait for a reply.`);
    }
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const milliseconds = timeout ?? this.options.timeout;
      const timer = this.wheel.after(milliseconds, () =>
        this.#take(id)?.reject(
          new MessageTimeoutException(`No reply came from ${quote(name)} within ${milliseconds} ms.`),
        ),
      );
      this.#remember(id, { name, isSession, type, timer, resolve, reject });
      const failed = (error: unknown): void => this.#take(id)?.reject(error);
      try {
        const address = {
          name,
          sessionId: isSession ? name : undefined,
          replyTo: this.#prefix + id,
          correlationId: id,
        };
        Promise.resolve(send(address)).catch(failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /** A client's reply. @throws MessageHandlingException when nobody waits for it, or not from this client */
  handleMessage(message: Message): void {
    const { command, destination, sessionId } = message.headers;
    if (command !== 'SEND' || !destination?.startsWith(this.#prefix)) return;
    const id = destination.slice(this.#prefix.length);
    const request = this.#pending.get(id);
    if (!request && this.toOthers) return this.toOthers(message);
    // One answer to both: who guesses learns nothing.
    if (!request || !this.#isAsked(request, sessionId!)) {
      throw new MessageHandlingException(`Nobody waits for a reply to ${quote(destination)}.`);
    }
    this.#answer(id, request, message);
  }

  /** A reply that a client of another server has sent. @param user the name of that client's user */
  fromOther(reply: Message, sessionId: string, user: string | undefined): void {
    const { destination } = reply.headers;
    if (!destination?.startsWith(this.#prefix)) return;
    const id = destination.slice(this.#prefix.length);
    const request = this.#pending.get(id);
    if (request && request.name === (request.isSession ? sessionId : user)) this.#answer(id, request, reply);
  }

  /** To be told when the registry of users knows that the session has ended. */
  sessionEnded(sessionId: string, user: string | undefined): void {
    if (this.size === 0) return;
    this.#abandon(keyOf(sessionId, true));
    if (user !== undefined && this.users.getUser(user) === undefined) this.#abandon(keyOf(user, false));
  }

  #resolve(target: RequestTarget): { name: string; isSession: boolean } {
    const name = typeof target === 'string' ? target : target.id;
    if (typeof target === 'string' && this.users.getUser(name)) return { name, isSession: false };
    // A session without a user goes by its id.
    if (this.isSession(name) || this.users.isRemoteSession(name)) return { name, isSession: true };
    throw new MessageDeliveryException(`${quote(name)} is not connected.`);
  }

  #answer(id: string, request: PendingRequest, reply: Message): void {
    this.#take(id);
    try {
      request.resolve(this.#value(reply, request.type));
    } catch (error) {
      request.reject(error);
      throw error;
    }
  }

  #isAsked({ name, isSession }: PendingRequest, sessionId: string): boolean {
    return isSession ? sessionId === name : this.users.isSessionOf(name, sessionId);
  }

  /** The bytes are the sender's only until its frame has been handled. */
  #value(message: Message, type: TargetType): unknown {
    if (message.payload.length === 0 && type === undefined) return undefined;
    return this.converter.fromMessage(message.copy(), type);
  }

  #remember(id: string, request: PendingRequest): void {
    this.#pending.set(id, request);
    const key = keyOf(request.name, request.isSession);
    const others = this.#byTarget.get(key);
    if (others) others.add(id);
    else this.#byTarget.set(key, new Set([id]));
  }

  /** The request is over, however it has ended. */
  #take(id: string): PendingRequest | undefined {
    const request = this.#pending.get(id);
    if (!request) return undefined;
    this.#pending.delete(id);
    request.timer.cancel();
    const key = keyOf(request.name, request.isSession);
    const others = this.#byTarget.get(key);
    others?.delete(id);
    if (others?.size === 0) this.#byTarget.delete(key);
    return request;
  }

  #abandon(key: string): void {
    for (const id of [...(this.#byTarget.get(key) ?? [])]) {
      const request = this.#take(id);
      request?.reject(new MessageDeliveryException(`${quote(request.name)} has gone without a reply.`));
    }
  }
}

function keyOf(name: string, isSession: boolean): string {
  return isSession ? `session ${name}` : `user ${name}`;
}
