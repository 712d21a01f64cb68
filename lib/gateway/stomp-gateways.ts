import type { IncomingMessage } from 'node:http';
import type { SimpMessagingTemplate } from '../messaging/simp-messaging.template.js';
import {
  SessionConnectedEvent,
  SessionDisconnectEvent,
  type StompEvent,
  type StompEventPublisher,
} from '../session/session-events.js';
import type { StompSessionRegistry } from '../session/stomp-session.registry.js';
import type { StompSession } from '../session/stomp-session.js';
import { GatewayClient } from './gateway-client.js';
import { StompGatewayServer } from './stomp-gateway-server.js';

export type GatewayConnectListener = (session: StompSession, request: IncomingMessage) => void;

/** Where the sessions and Nest's WebSockets module meet: tells each gateway of every session. */
export class StompGateways {
  readonly server: StompGatewayServer;
  readonly #sessions = new Set<StompSession>();
  /** Those that have not been said goodbye to, though the line may be cut. */
  readonly #byId = new Map<string, StompSession>();
  readonly #clients = new WeakMap<StompSession, GatewayClient>();
  readonly #connectListeners: GatewayConnectListener[] = [];
  #isOpen = false;

  constructor(
    private readonly events: StompEventPublisher,
    private readonly registry: Pick<StompSessionRegistry, 'get'>,
    template: SimpMessagingTemplate,
  ) {
    this.server = new StompGatewayServer(this.#sessions, template);
  }

  /** Whether the application has gateways and they are ours. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): StompGatewayServer {
    if (!this.#isOpen) this.events.subscribe((event) => this.#onEvent(event));
    this.#isOpen = true;
    return this.server;
  }

  /** Called for each session, from its CONNECTED on. */
  onConnect(listener: GatewayConnectListener): void {
    this.#connectListeners.push(listener);
  }

  clientOf(session: StompSession): GatewayClient | undefined {
    return this.#clients.get(session);
  }

  #onEvent(event: StompEvent): void {
    if (event instanceof SessionConnectedEvent) {
      const session = this.registry.get(event.sessionId);
      if (session) this.#connected(session);
    } else if (event instanceof SessionDisconnectEvent) {
      const session = this.#byId.get(event.sessionId);
      if (session) this.#disconnected(session, event);
    }
  }

  #connected(session: StompSession): void {
    this.#clients.set(session, new GatewayClient());
    this.#sessions.add(session);
    this.#byId.set(session.id, session);
    for (const listener of this.#connectListeners) listener(session, session.handshake.request);
  }

  #disconnected(session: StompSession, { closeCode }: SessionDisconnectEvent): void {
    this.#sessions.delete(session);
    this.#byId.delete(session.id);
    this.#clients.get(session)?.end(String(closeCode));
  }
}
