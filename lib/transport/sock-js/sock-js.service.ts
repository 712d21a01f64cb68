import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SockJsOptions } from '../../interfaces/endpoint-options.interface.js';
import type { PrincipalLike } from '../../interfaces/principal.interface.js';
import type { ClientConnection } from '../client-connection.js';
import { HandshakeRefusal } from '../handshake-refusal.js';
import type { HandshakeHandler } from '../handshake.js';
import { HttpReceiver } from './http-receiver.js';
import { IframePage } from './iframe.js';
import { info } from './info.js';
import { allowMethods, allowOrigin, answer, cacheForAYear, noCache, setSessionCookie } from './responses.js';
import { RECEIVING_TRANSPORTS, type SockJsTransport } from './sock-js-transport.js';
import { SockJsSession, type SockJsSessionContext } from './sock-js.session.js';
import { xhrSend } from './transports/xhr-send.js';

const IFRAME = /^\/iframe[0-9\-.a-z_]*\.html$/;
const SESSION = /^\/([^/.;]+)\/([^/.;]+)\/([^/;]+)$/;
const NOT_A_WEB_SOCKET = 'Not a valid websocket request';

export const SOCK_JS_DEFAULTS: Required<SockJsOptions> = {
  heartbeatTime: 25_000,
  disconnectDelay: 5_000,
  streamBytesLimit: 131_072,
  sessionCookieNeeded: true,
  webSocketEnabled: true,
  transports: RECEIVING_TRANSPORTS.map(({ name }) => name),
  suppressCors: false,
  clientLibraryUrl: 'https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js',
  sessionLimit: 10_000,
};

export interface SockJsServiceContext extends Omit<SockJsSessionContext, 'heartbeatTime' | 'disconnectDelay'> {
  readonly handshakes: HandshakeHandler;
  /** The largest request body, in bytes. */
  readonly maxPayload: number;
  readonly onConnection: (connection: ClientConnection) => void;
  /** No new sessions any more. */
  readonly isClosing: () => boolean;
}

/** What the WebSocket at a path speaks. */
export type WebSocketKind = 'raw' | 'sock-js';

/** All that is served below the path of an endpoint with SockJS (sockjs-protocol 0.3.3), its WebSockets apart. */
export class SockJsService {
  readonly options: Required<SockJsOptions>;
  /** By the ids that clients choose: no more than a hint which session a request means, never a right to it. */
  readonly #sessions = new Map<string, SockJsSession>();
  readonly #sessionContext: SockJsSessionContext;
  /** By the last segment of the URL. A Map: clients may ask for `constructor`, too. */
  readonly #transports: ReadonlyMap<string, SockJsTransport>;
  readonly #iframe: IframePage;

  constructor(
    options: SockJsOptions,
    private readonly context: SockJsServiceContext,
  ) {
    this.options = { ...SOCK_JS_DEFAULTS, ...options };
    const { heartbeatTime, disconnectDelay, clientLibraryUrl, transports } = this.options;
    this.#sessionContext = { ...context, heartbeatTime, disconnectDelay };
    const offered = RECEIVING_TRANSPORTS.filter(({ name }) => transports.includes(name));
    this.#transports = new Map(offered.map((transport) => [transport.name, transport]));
    this.#iframe = new IframePage(clientLibraryUrl);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Whether SockJS has something at this path below the endpoint's; what it has not may be a route of the application. */
  knows(path: string): boolean {
    const [, , , last] = SESSION.exec(path) ?? [];
    if (last === undefined) return ['/info', '/websocket'].includes(path) || IFRAME.test(path);
    return last === 'websocket' || last === 'xhr_send' || this.#transports.has(last);
  }

  /** @returns undefined if there is no WebSocket at this path below the endpoint's */
  webSocketAt(path: string): WebSocketKind | undefined {
    if (!this.options.webSocketEnabled) return undefined;
    if (path === '' || path === '/websocket') return 'raw';
    return SESSION.exec(path)?.[3] === 'websocket' ? 'sock-js' : undefined;
  }

  /** Answers a request for a path below the endpoint's. @throws HandshakeRefusal, also as a rejection */
  serve(request: IncomingMessage, response: ServerResponse, path: string, query: string): Promise<void> | void {
    const [, , sessionId, name] = SESSION.exec(path) ?? [];
    if (sessionId !== undefined && name !== undefined) {
      return this.#serveSession(request, response, sessionId, name, query);
    }
    if (path === '') {
      allow(request, 'GET');
      return answer(response, 200, 'Welcome to SockJS!\n');
    }
    if (path === '/info') {
      if (!this.#isPreflight(request, response, 'GET')) info(response, this.options);
      return;
    }
    if (IFRAME.test(path)) {
      allow(request, 'GET');
      return this.#iframe.serve(request, response, this.context.handshakes.origins);
    }
    if (path === '/websocket') this.#refuseWithoutUpgrade(request);
    throw new HandshakeRefusal(404, '');
  }

  #serveSession(
    request: IncomingMessage,
    response: ServerResponse,
    sessionId: string,
    name: string,
    query: string,
  ): Promise<void> {
    if (name === 'websocket') this.#refuseWithoutUpgrade(request);
    const transport = this.#transports.get(name);
    const method = name === 'xhr_send' ? 'POST' : transport?.method;
    if (method === undefined) throw new HandshakeRefusal(404, '');
    if (this.#isPreflight(request, response, method)) return Promise.resolve();
    noCache(response);
    if (this.options.sessionCookieNeeded) setSessionCookie(request, response);
    return transport === undefined
      ? this.#send(request, response, sessionId)
      : this.#receive(request, response, sessionId, transport, new URLSearchParams(query));
  }

  /** Says who may read the answer. @returns whether that was all the request had asked for */
  #isPreflight(request: IncomingMessage, response: ServerResponse, method: string): boolean {
    const { handshakes } = this.context;
    const isPreflight = request.method === 'OPTIONS';
    allow(request, 'OPTIONS', method);
    handshakes.checkOrigin(request);
    if (!this.options.suppressCors) {
      allowOrigin(request, response, handshakes.origins);
      if (isPreflight) allowMethods(response, `OPTIONS, ${method}`);
    }
    if (isPreflight) {
      cacheForAYear(response);
      answer(response, 204);
    }
    return isPreflight;
  }

  /** A WebSocket is what there is here, so this is a request that has forgotten to ask for it. */
  #refuseWithoutUpgrade(request: IncomingMessage): void {
    if (!this.options.webSocketEnabled) return;
    allow(request, 'GET');
    throw new HandshakeRefusal(400, NOT_A_WEB_SOCKET);
  }

  async #send(request: IncomingMessage, response: ServerResponse, sessionId: string): Promise<void> {
    const session = await this.#find(request, sessionId);
    if (!session) throw new HandshakeRefusal(404, '');
    await xhrSend(session, request, response, this.context.maxPayload);
  }

  async #receive(
    request: IncomingMessage,
    response: ServerResponse,
    sessionId: string,
    transport: SockJsTransport,
    query: URLSearchParams,
  ): Promise<void> {
    const prelude = transport.prelude(query);
    const session = (await this.#find(request, sessionId)) ?? (await this.#open(request, sessionId, transport.name));
    if (response.destroyed) return;
    session.attach(new HttpReceiver(transport, request, response, prelude, this.options.streamBytesLimit));
  }

  /** @throws HandshakeRefusal (as a rejection) 404 when the session is somebody else's, as if it were not there */
  async #find(request: IncomingMessage, sessionId: string): Promise<SockJsSession | undefined> {
    if (!this.#sessions.has(sessionId)) return undefined;
    const principal = await this.context.handshakes.identify(request);
    return this.#ownedBy(sessionId, principal, request);
  }

  async #open(request: IncomingMessage, sessionId: string, transport: string): Promise<SockJsSession> {
    const { handshakes } = this.context;
    if (this.#isFull) {
      const refusal = full();
      handshakes.refused(request, refusal);
      throw refusal;
    }
    const { handshake, place, finish } = await handshakes.prepare(request);
    try {
      if (request.destroyed && !request.complete) throw new HandshakeRefusal(400);
      // Another request may have opened it while this one was looked at.
      const opened = this.#ownedBy(sessionId, handshake.principal, request);
      if (opened) {
        place.leave();
        return opened;
      }
      if (this.context.isClosing()) throw HandshakeRefusal.because('shutdown', 503);
      if (this.#isFull) throw full();
      const session = new SockJsSession(handshake, transport, place, this.#sessionContext, () =>
        this.#sessions.delete(sessionId),
      );
      this.#sessions.set(sessionId, session);
      finish();
      this.context.onConnection(session);
      return session;
    } catch (error) {
      finish(HandshakeRefusal.from(error));
      throw error;
    }
  }

  get #isFull(): boolean {
    return this.#sessions.size >= this.options.sessionLimit;
  }

  #ownedBy(sessionId: string, user: PrincipalLike | undefined, request: IncomingMessage): SockJsSession | undefined {
    const session = this.#sessions.get(sessionId);
    if (session && !session.belongsTo(user, this.context.handshakes.addressOf(request)))
      throw new HandshakeRefusal(404, '');
    return session;
  }
}

function full(): HandshakeRefusal {
  return HandshakeRefusal.because('sessionLimit', 503);
}

/** @throws HandshakeRefusal when the request's method is none of these */
function allow(request: IncomingMessage, ...methods: string[]): void {
  if (!methods.includes(request.method ?? '')) throw new HandshakeRefusal(405, '', { Allow: methods.join(', ') });
}
