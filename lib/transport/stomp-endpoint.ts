import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EndpointOptions } from '../interfaces/endpoint-options.interface.js';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import type { ClientConnection } from './client-connection.js';
import { HandshakeRefusal } from './handshake-refusal.js';
import { checkUpgrade, HandshakeHandler, type HandshakeContext, type PreparedHandshake } from './handshake.js';
import { answerRaw } from './raw-answer.js';
import { normalisePath } from './request-target.js';
import { answer } from './sock-js/responses.js';
import {
  SockJsWebSocketConnection,
  SockJsWebSocketFrames,
  type SockJsWebSocketContext,
} from './sock-js/sock-js-web-socket.connection.js';
import { SockJsService, type WebSocketKind } from './sock-js/sock-js.service.js';
import { WebSocketConnection, type ConnectionContext } from './web-socket.connection.js';
import type { WebSocketUpgrade } from './web-socket.upgrade.js';

export interface EndpointContext extends ConnectionContext, HandshakeContext {
  readonly closeTimeout: number;
  readonly upgrade: WebSocketUpgrade;
  readonly isClosing: () => boolean;
  readonly onConnection: (connection: ClientConnection) => void;
}

/** One place where clients connect, under one or more paths. */
export class StompEndpoint {
  readonly #paths: readonly string[];
  readonly #handshakes: HandshakeHandler;
  readonly #sockJs: SockJsService | undefined;
  readonly #sockJsContext: SockJsWebSocketContext | undefined;

  constructor(
    options: EndpointOptions,
    private readonly context: EndpointContext,
  ) {
    this.#paths = [options.path ?? '/ws'].flat().map(normalisePath);
    this.#handshakes = new HandshakeHandler(options, context);
    if (!options.sockJs) return;
    const sockJs = options.sockJs === true ? {} : options.sockJs;
    this.#sockJs = new SockJsService(sockJs, { ...context, handshakes: this.#handshakes });
    const { heartbeatTime } = this.#sockJs.options;
    this.#sockJsContext = { ...context, heartbeatTime, webSocketFrames: new SockJsWebSocketFrames() };
  }

  /** What is left of a request's path behind the endpoint's, without a slash at its end; undefined if it is another's. */
  restOf(path: string): string | undefined {
    for (const own of this.#paths) {
      if (path === own || path === `${own}/`) return '';
      if (this.#sockJs && path.startsWith(`${own}/`)) {
        const rest = path.slice(own.length);
        // At the root, everything is below.
        if (own !== '' || this.#sockJs.knows(withoutSlash(rest))) return withoutSlash(rest);
      }
    }
    return undefined;
  }

  /** Nothing is waited for where the application has nothing to say. Whatever fails is answered. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, rest: string): MaybePromise<void> {
    try {
      const kind = this.#webSocketAt(rest);
      checkUpgrade(request);
      // SockJS frames differ from what other receivers get: they are not worth compressing one by one.
      const offers = kind === 'raw' ? request.headers['sec-websocket-extensions'] : undefined;
      const extensions = this.context.deflate?.agree(offers);
      const open = (prepared: PreparedHandshake): void => this.#open(prepared, request, socket, head, kind, extensions);
      const prepared = this.#handshakes.prepare(request);
      if (isPromise<PreparedHandshake>(prepared)) return this.#openLater(prepared, socket, open);
      open(prepared);
    } catch (error) {
      this.#refuse(socket, error);
    }
  }

  async serve(request: IncomingMessage, response: ServerResponse, rest: string, query: string): Promise<void> {
    request.on('error', () => {});
    try {
      if (!this.#sockJs) throw this.#withoutUpgrade(request);
      await this.#sockJs.serve(request, response, rest, query);
    } catch (error) {
      const { status, message, headers } = this.#refusalOf(error);
      answer(response, status, message, headers);
    }
  }

  /** The client may go meanwhile. */
  async #openLater(
    prepared: Promise<PreparedHandshake>,
    socket: Socket,
    open: (prepared: PreparedHandshake) => void,
  ): Promise<void> {
    const failed = (): void => void socket.destroy();
    socket.on('error', failed);
    try {
      open(await prepared);
    } catch (error) {
      this.#refuse(socket, error);
    } finally {
      socket.off('error', failed);
    }
  }

  #open(
    { handshake, place, finish }: PreparedHandshake,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    kind: WebSocketKind,
    extensions: string | undefined,
  ): void {
    const refusal = this.context.isClosing() ? HandshakeRefusal.because('shutdown', 503) : undefined;
    const webSocket = refusal ? undefined : this.context.upgrade.complete(request, socket, head, extensions);
    finish(webSocket ? undefined : (refusal ?? new Error('The client has gone')));
    if (refusal) throw refusal;
    if (!webSocket) return;
    const isSockJs = kind === 'sock-js' && this.#sockJsContext !== undefined;
    this.context.onConnection(
      isSockJs
        ? new SockJsWebSocketConnection(webSocket, socket, handshake, place, this.#sockJsContext!)
        : new WebSocketConnection(webSocket, socket, handshake, place, this.context),
    );
  }

  #refuse(socket: Socket, error: unknown): void {
    const { status, message, headers } = this.#refusalOf(error);
    answerRaw(socket, status, message, headers);
  }

  #webSocketAt(rest: string): WebSocketKind {
    const kind = this.#sockJs ? this.#sockJs.webSocketAt(rest) : 'raw';
    if (kind === undefined) throw new HandshakeRefusal(404);
    return kind;
  }

  /** What is wrong with a request for a WebSocket that Node does not take for one. */
  #withoutUpgrade(request: IncomingMessage): HandshakeRefusal {
    try {
      checkUpgrade(request);
    } catch (error) {
      return HandshakeRefusal.from(error);
    }
    return new HandshakeRefusal(400);
  }

  #refusalOf(error: unknown): HandshakeRefusal {
    if (error instanceof HandshakeRefusal) return error;
    this.context.log.error('A request failed', error);
    return new HandshakeRefusal(500);
  }
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
