import type { IncomingMessage } from 'node:http';
import type { EndpointOptions, HandshakeInterceptor } from '../interfaces/endpoint-options.interface.js';
import type { Handshake } from '../interfaces/handshake.interface.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import { checkPrincipal } from '../utils/principal.js';
import type { ClientAddresses } from './client-address.js';
import type { ConnectionLimits, ConnectionPlace } from './connection-limits.js';
import type { HandshakeGate } from './handshake-gate.js';
import { HandshakeRefusal, type RefusedHandshake } from './handshake-refusal.js';
import { runMiddleware } from './middleware.js';
import { OriginRule } from './origin-rule.js';
import { parseRequestTarget } from './request-target.js';
import { listsSubProtocols } from './sub-protocol.js';
import type { TransportLog } from './transport-log.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** A request that has passed everything but the upgrade itself. */
export interface PreparedHandshake {
  readonly handshake: Handshake;
  /** What the client takes up; whoever opens its connection gives it back at the end. */
  readonly place: ConnectionPlace;
  /** Runs `afterHandshake` of the interceptors. With an error, the place is free again. */
  finish(error?: Error): void;
}

interface PassedHandshake {
  readonly handshake: Handshake;
  /** Who is to hear how it ends. */
  readonly passed: readonly HandshakeInterceptor[];
}

/** What the handshakes of all endpoints share. */
export interface HandshakeContext {
  readonly gate: HandshakeGate;
  readonly limits: ConnectionLimits;
  readonly addresses: ClientAddresses;
  readonly log: TransportLog;
  readonly onRefused: (refused: RefusedHandshake) => void;
}

/** What one endpoint asks of an HTTP request before there is a session: all code that runs on behalf of strangers. */
export class HandshakeHandler {
  readonly origins: OriginRule;
  readonly #interceptors: readonly HandshakeInterceptor[];

  constructor(
    private readonly endpoint: EndpointOptions,
    private readonly context: HandshakeContext,
  ) {
    this.origins = new OriginRule(endpoint.allowedOrigins);
    this.#interceptors = endpoint.handshakeInterceptors ?? [];
  }

  /** @throws HandshakeRefusal (also as a rejection) when the client gets no session */
  prepare(request: IncomingMessage): MaybePromise<PreparedHandshake> {
    this.checkOrigin(request);
    let place: ConnectionPlace | undefined;
    const failed = (error: unknown): never => {
      place?.leave();
      this.refused(request, error);
      throw error;
    };
    try {
      const ip = this.addressOf(request);
      const taken = (place = this.context.limits.enter(ip));
      const prepared = then(
        this.context.gate.pass(
          () => this.#pass(request, ip),
          (late) => void this.#finish(request, late.passed, new HandshakeRefusal(503)),
        ),
        ({ handshake, passed }): PreparedHandshake => ({
          handshake,
          place: taken,
          finish: (error) => this.#finishAt(taken, request, passed, error),
        }),
      );
      return isPromise<PreparedHandshake>(prepared) ? prepared.catch(failed) : prepared;
    } catch (error) {
      return failed(error);
    }
  }

  addressOf(request: IncomingMessage): string {
    return this.context.addresses.of(request);
  }

  /** Who a request of an existing session belongs to. @throws HandshakeRefusal (as a rejection) */
  async identify(request: IncomingMessage): Promise<PrincipalLike | undefined> {
    this.checkOrigin(request);
    if (this.endpoint.handshake === undefined) return undefined;
    try {
      return await this.context.gate.pass(async () => {
        await this.#runMiddleware(request);
        return this.#principal(request);
      });
    } catch (error) {
      this.refused(request, error);
      throw error;
    }
  }

  /** @throws HandshakeRefusal */
  checkOrigin(request: IncomingMessage): void {
    if (this.origins.admits(request)) return;
    const refusal = HandshakeRefusal.because('origin', 403);
    this.refused(request, refusal);
    throw refusal;
  }

  /** Tells those who watch over the server of a client that gets nothing. */
  refused(request: IncomingMessage, error: unknown): void {
    const { reason, status } = HandshakeRefusal.from(error);
    const { path } = parseRequestTarget(request.url);
    this.context.onRefused({ reason, status, ip: this.addressOf(request), path, origin: request.headers.origin });
  }

  #finishAt(
    place: ConnectionPlace,
    request: IncomingMessage,
    passed: readonly HandshakeInterceptor[],
    error: Error | undefined,
  ): void {
    if (error) {
      place.leave();
      this.refused(request, error);
    }
    if (passed.length > 0) void this.#finish(request, passed, error);
  }

  /** Nothing is waited for where the application has nothing to say. */
  #pass(request: IncomingMessage, ip: string): MaybePromise<PassedHandshake> {
    const attributes = new Map<string, unknown>();
    const passed: HandshakeInterceptor[] = [];
    const principal = this.#isAsked ? this.#ask(request, attributes, passed) : undefined;
    return then(principal, (known) => ({ handshake: toHandshake(request, ip, attributes, known), passed }));
  }

  get #isAsked(): boolean {
    const { middleware = [], handshake } = this.endpoint;
    return middleware.length > 0 || this.#interceptors.length > 0 || handshake !== undefined;
  }

  async #ask(
    request: IncomingMessage,
    attributes: Map<string, unknown>,
    passed: HandshakeInterceptor[],
  ): Promise<PrincipalLike | undefined> {
    try {
      await this.#runMiddleware(request);
      for (const interceptor of this.#interceptors) {
        if ((await interceptor.beforeHandshake?.(request, attributes)) === false) throw new HandshakeRefusal(403);
        passed.push(interceptor);
      }
      return await this.#principal(request);
    } catch (error) {
      const refusal = HandshakeRefusal.from(error);
      if (!HandshakeRefusal.chosenBy(error)) this.#failed('beforeHandshake of a handshake interceptor', error);
      void this.#finish(request, passed, refusal);
      throw refusal;
    }
  }

  async #runMiddleware(request: IncomingMessage): Promise<void> {
    const { middleware = [] } = this.endpoint;
    if (middleware.length === 0) return;
    try {
      await runMiddleware(middleware, request);
    } catch (error) {
      if (!HandshakeRefusal.chosenBy(error)) this.#failed('A middleware', error);
      throw HandshakeRefusal.from(error);
    }
  }

  async #principal(request: IncomingMessage): Promise<PrincipalLike | undefined> {
    let principal: PrincipalLike | null | undefined;
    try {
      principal = await this.endpoint.handshake?.(request);
    } catch (error) {
      throw HandshakeRefusal.from(error);
    }
    try {
      return checkPrincipal(principal);
    } catch (error) {
      this.#failed('handshake', error);
      throw new HandshakeRefusal(500);
    }
  }

  async #finish(
    request: IncomingMessage,
    passed: readonly HandshakeInterceptor[],
    error: Error | undefined,
  ): Promise<void> {
    for (const interceptor of passed.toReversed()) {
      try {
        await interceptor.afterHandshake?.(request, error);
      } catch (failure) {
        this.#failed('afterHandshake of a handshake interceptor', failure);
      }
    }
  }

  #failed(what: string, error: unknown): void {
    this.context.log.error(`${what} failed`, error);
  }
}

/** RFC 6455 “Reading the Client's Opening Handshake”. @throws HandshakeRefusal */
export function checkUpgrade({ method, headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): void {
  if (method !== 'GET') throw new HandshakeRefusal(405, '', { Allow: 'GET' });
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    throw new HandshakeRefusal(400, 'Can "Upgrade" only to "WebSocket".');
  }
  if (!/\bupgrade\b/i.test(headers.connection ?? '')) {
    throw new HandshakeRefusal(400, '"Connection" must be "upgrade".');
  }
  if (httpVersionMajor === 1 && httpVersionMinor < 1) throw new HandshakeRefusal(400);
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    throw new HandshakeRefusal(400, '"Sec-WebSocket-Key" is missing or invalid.');
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw new HandshakeRefusal(426, 'The WebSocket version must be 13.', { 'Sec-WebSocket-Version': '13' });
  }
  if (!listsSubProtocols(headers['sec-websocket-protocol'])) {
    throw new HandshakeRefusal(400, '"Sec-WebSocket-Protocol" is invalid.');
  }
}

function toHandshake(
  request: IncomingMessage,
  ip: string,
  attributes: Map<string, unknown>,
  principal: PrincipalLike | undefined,
): Handshake {
  return {
    request,
    url: request.url ?? '/',
    headers: request.headers,
    query: parseQuery(parseRequestTarget(request.url).query),
    ip,
    principal,
    attributes,
  };
}

function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  if (text === '') return query;
  for (const [name, value] of new URLSearchParams(text)) query[name] ??= value;
  return query;
}
