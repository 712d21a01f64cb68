import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EndpointOptions } from '../interfaces/endpoint-options.interface.js';
import type { TransportOptions } from '../interfaces/transport-options.interface.js';
import { TimerWheel } from '../utils/timer-wheel.js';
import type { ClientConnection } from './client-connection.js';
import { ClientAddresses } from './client-address.js';
import { ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.js';
import { HandshakeGate } from './handshake-gate.js';
import type { RefusedHandshake } from './handshake-refusal.js';
import { HttpServerAttachment, type HttpRequestTaker } from './http-server.attachment.js';
import { normalisePath, parseRequestTarget } from './request-target.js';
import { PerMessageDeflate } from './per-message-deflate.js';
import { SendBufferMonitor } from './send-buffer.js';
import { StompEndpoint } from './stomp-endpoint.js';
import type { TransportLog } from './transport-log.js';
import { WebSocketUpgrade } from './web-socket.upgrade.js';

/** What the transports need to know of the limits. */
export type TransportLimits = Required<
  Pick<
    TransportOptions,
    | 'messageSizeLimit'
    | 'sendBufferSizeLimit'
    | 'sendTimeLimit'
    | 'closeTimeout'
    | 'handshakeLimit'
    | 'handshakeTimeout'
    | 'pingInterval'
    | 'perMessageDeflate'
    | 'trustedProxies'
  >
> &
  ConnectionLimitOptions;

export interface StompServerOptions {
  readonly endpoints: readonly EndpointOptions[];
  readonly transport: TransportLimits;
  readonly log: TransportLog;
  /** Called for each new connection; `listen` must be called before it returns. */
  readonly onConnection: (connection: ClientConnection) => void;
  /** Called for each client that is refused: by its Origin, by a limit, by the application. @default nobody is told */
  readonly onRefused?: (refused: RefusedHandshake) => void;
}

/** A WebSocket message may hold several STOMP frames; so much more than one frame may be large. */
const FRAMES_IN_A_MESSAGE = 4;
/** A WebSocket message may be so large in any case (Spring `MINIMUM_WEBSOCKET_MESSAGE_SIZE`): clients join small frames. */
const SMALLEST_LIMIT = 16 * 1_024 + 256;

/** Serves endpoints on HTTP servers that belong to others. */
export class StompServer implements HttpRequestTaker {
  readonly #endpoints: readonly StompEndpoint[];
  readonly #attachments = new Map<Server, HttpServerAttachment>();
  readonly #gate: HandshakeGate;
  readonly #limits: ConnectionLimits;
  #isClosing = false;

  constructor({ endpoints, transport, log, onConnection, onRefused = () => {} }: StompServerOptions) {
    const wheel = new TimerWheel(undefined, (error) => log.error('A timer of a connection failed', error));
    const maxPayload = Math.max(FRAMES_IN_A_MESSAGE * transport.messageSizeLimit, SMALLEST_LIMIT);
    const { closeTimeout, handshakeLimit, handshakeTimeout, pingInterval, trustedProxies, perMessageDeflate } =
      transport;
    this.#gate = new HandshakeGate(wheel, handshakeLimit, handshakeTimeout);
    this.#limits = new ConnectionLimits(transport);
    const context = {
      wheel,
      maxPayload,
      closeTimeout,
      log,
      monitor: new SendBufferMonitor(transport),
      gate: this.#gate,
      limits: this.#limits,
      addresses: new ClientAddresses(trustedProxies),
      pingInterval,
      onRefused,
      deflate: perMessageDeflate
        ? new PerMessageDeflate(perMessageDeflate === true ? {} : perMessageDeflate)
        : undefined,
      upgrade: new WebSocketUpgrade({ maxPayload, closeTimeout }),
      isClosing: () => this.#isClosing,
      onConnection: (connection: ClientConnection) => {
        try {
          onConnection(connection);
        } catch (error) {
          log.error('A connection could not be opened', error);
          connection.terminate();
        }
      },
    };
    this.#endpoints = endpoints.map((endpoint) => new StompEndpoint(endpoint, context));
  }

  /** Begins to serve. May be called again, `listening` being a good moment, for a server that others have changed since. */
  attach(server: Server): void {
    const attachment = this.#attachments.get(server) ?? new HttpServerAttachment(server, this);
    this.#attachments.set(server, attachment);
    attachment.attach();
  }

  /** Leaves the server as if we had never been there. Connections stay open. */
  detach(server: Server): void {
    this.#attachments.get(server)?.detach();
    this.#attachments.delete(server);
  }

  /**
   * Refuses new connections from now on (503), those whose handshake is under way too. Those that are open belong to the sessions, which
   * close them.
   */
  close(): void {
    this.#isClosing = true;
    this.#limits.close();
    this.#gate.close();
  }

  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const found = this.#find(parseRequestTarget(request.url).path);
    if (!found) return false;
    // Node's HTTP servers have sockets of `net` or `tls` only.
    void found.endpoint.upgrade(request, socket as Socket, head, found.rest);
    return true;
  }

  takeRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const { path, query } = parseRequestTarget(request.url);
    const found = this.#find(path);
    // At the root is the application's own page.
    if (!found || normalisePath(path) === '') return false;
    void found.endpoint.serve(request, response, found.rest, query);
    return true;
  }

  /** The endpoint with the longest path that claims the request. */
  #find(path: string): { endpoint: StompEndpoint; rest: string } | undefined {
    let found: { endpoint: StompEndpoint; rest: string } | undefined;
    for (const endpoint of this.#endpoints) {
      const rest = endpoint.restOf(path);
      if (rest !== undefined && (found === undefined || rest.length < found.rest.length)) found = { endpoint, rest };
    }
    return found;
  }
}
