import { Client, TickerStrategy, type IFrame, type IMessage, type StompSubscription } from '@stomp/stompjs';
import { Refusal, SignedOut, Unanswered } from './failures.js';
import { newIdentifier } from './identifier.js';
import type { Ports, ReconnectDelays } from './ports.js';
import type { Session } from './session.js';

export type ConnectionStatus = 'stopped' | 'connecting' | 'online' | 'waiting';

export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** It has been online before. */
  readonly again: boolean;
}

export interface ConnectionListener {
  onState(state: ConnectionState): void;
  /** Everything is to be subscribed to anew. */
  onOnline(): void;
}

/** Of a RECEIPT or of a refusal. */
export type Headers = Readonly<Record<string, string>>;

/** What answers: a RECEIPT, one that tells where in its room the message is now, or a reply. */
type Wanted = 'receipt' | 'place' | 'reply';

interface Waiting {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly wanted: Wanted;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

const TOKEN_REFUSED = 4401;
const DEVICE_REVOKED = 4403;
const HEART_BEAT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 20_000;
const RENEW_AGAIN_MS = 1_000;
const DEFAULT_DELAYS: ReconnectDelays = { initial: 500, maximum: 20_000 };

/** One STOMP connection after another. */
export class Connection {
  private client: Client | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private refusals = 0;
  private state: ConnectionState = { status: 'stopped', again: false };
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly ports: Ports,
    private readonly session: Session,
    private readonly listener: ConnectionListener,
  ) {}

  get isOnline(): boolean {
    return this.state.status === 'online';
  }

  start(): void {
    if (this.state.status === 'stopped') this.connect();
  }

  stop(): void {
    this.enter('stopped', false);
    clearTimeout(this.retry);
    this.drop();
  }

  /** The network is back, or somebody does not want to wait. */
  retryNow(): void {
    if (this.state.status !== 'waiting') return;
    clearTimeout(this.retry);
    this.connect();
  }

  /** For as long as this connection lives. */
  subscribe(
    destination: string,
    onMessage: (body: any, message: IMessage) => void,
    headers: Record<string, string> = {},
  ): StompSubscription {
    return this.requireClient().subscribe(
      destination,
      (message) => onMessage(JSON.parse(message.body || 'null'), message),
      headers,
    );
  }

  /** Nobody is told whether it arrives. */
  notify(destination: string, body: unknown): void {
    if (this.isOnline) this.client?.publish({ destination, body: JSON.stringify(body) });
  }

  /** Settles with the RECEIPT's headers: it is committed. */
  command(destination: string, body: unknown): Promise<Headers> {
    return this.ask<Headers>(destination, body, 'receipt');
  }

  /** Of what becomes a message: a RECEIPT without its place is no promise to keep it. */
  write(destination: string, body: unknown): Promise<Headers> {
    return this.ask<Headers>(destination, body, 'place');
  }

  request<T>(destination: string, body: unknown): Promise<T> {
    return this.ask<T>(destination, body, 'reply');
  }

  private async ask<T>(destination: string, body: unknown, wanted: Wanted): Promise<T> {
    const client = this.requireClient();
    const id = newIdentifier();
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id)?.reject(new Unanswered('No answer')), ANSWER_TIMEOUT_MS);
      this.waiting.set(id, { timer, wanted, resolve: resolve as (value: unknown) => void, reject });
      // A refusal is known by the one or the other.
      const headers = { receipt: id, 'correlation-id': id, 'content-type': 'application/json' };
      client.publish({ destination, headers, body: JSON.stringify(body) });
    });
  }

  private requireClient(): Client {
    if (!this.client || !this.isOnline) throw new Unanswered('Not connected');
    return this.client;
  }

  private connect(): void {
    this.enter('connecting');
    this.open().catch((error: unknown) => {
      if (!(error instanceof SignedOut)) this.reconnect();
    });
  }

  private async open(): Promise<void> {
    const token = await this.session.token();
    if (this.state.status !== 'connecting') return;
    const client = new Client({
      webSocketFactory: () =>
        this.ports.openSocket(this.ports.origin.replace(/^http/, 'ws') + '/ws', ['v12.stomp', 'v11.stomp']),
      connectHeaders: { Authorization: `Bearer ${token}`, 'device-id': this.session.deviceId },
      reconnectDelay: 0,
      connectionTimeout: 10_000,
      heartbeatIncoming: HEART_BEAT_MS,
      heartbeatOutgoing: HEART_BEAT_MS,
      // The timers of a page in the background run once a minute; those of a worker do not.
      heartbeatStrategy: TickerStrategy.Worker,
      onConnect: () => this.connected(client),
      onUnhandledReceipt: (frame) => this.received(frame),
      onWebSocketClose: (event: { code: number }) => {
        if (client === this.client) this.closed(event.code);
      },
    });
    this.client = client;
    client.activate();
  }

  private connected(client: Client): void {
    if (client !== this.client) return;
    this.failures = 0;
    this.refusals = 0;
    this.enter('online', true);
    this.subscribe('/user/queue/im.replies', (body, message) => this.replied(body, message));
    this.subscribe('/user/queue/im.errors', (body, message) => this.refused(body, message));
    this.planRenewal();
    this.listener.onOnline();
  }

  private received(frame: IFrame): void {
    const { 'receipt-id': id, seq } = frame.headers;
    const wanted = this.waiting.get(id)?.wanted;
    if (wanted === 'receipt' || (wanted === 'place' && seq)) this.settle(id)?.resolve(frame.headers);
  }

  private replied(body: unknown, message: IMessage): void {
    this.settle(message.headers['correlation-id'])?.resolve(body);
  }

  private refused(body: ConstructorParameters<typeof Refusal>[0], message: IMessage): void {
    const id = message.headers['failed-receipt'] ?? message.headers['correlation-id'];
    this.settle(id)?.reject(new Refusal(body));
  }

  private settle(id: string): Waiting | undefined {
    const waiting = this.waiting.get(id);
    clearTimeout(waiting?.timer);
    this.waiting.delete(id);
    return waiting;
  }

  private closed(code: number): void {
    this.drop();
    if (this.state.status === 'stopped') return;
    if (code === DEVICE_REVOKED) return this.session.forget('revoked');
    if (code === TOKEN_REFUSED) return this.renewThenConnect();
    this.reconnect();
  }

  /** A fresh token that is refused again would go round for ever: then wait as for any failure. */
  private renewThenConnect(): void {
    this.refusals += 1;
    if (this.refusals > 1) return this.reconnect();
    this.enter('connecting');
    this.session.renew().then(
      () => this.connect(),
      (error: unknown) => {
        if (!(error instanceof SignedOut)) this.reconnect();
      },
    );
  }

  private reconnect(): void {
    if (this.state.status === 'stopped') return;
    const { initial, maximum } = this.ports.reconnect ?? DEFAULT_DELAYS;
    const random = this.ports.random ?? Math.random;
    const delay = Math.min(maximum, initial * 2 ** this.failures);
    this.failures += 1;
    this.enter('waiting');
    // Half of it by chance: after a restart, clients do not come back all at once.
    this.retry = setTimeout(() => this.connect(), delay * (0.5 + random() / 2));
  }

  private drop(): void {
    const client = this.client;
    this.client = undefined;
    clearTimeout(this.renewal);
    client?.deactivate({ force: true }).catch(() => undefined);
    for (const id of this.waiting.keys()) this.settle(id)?.reject(new Unanswered('The connection is gone'));
  }

  private planRenewal(): void {
    clearTimeout(this.renewal);
    if (!this.isOnline) return;
    const delay = Math.max(RENEW_AGAIN_MS, this.session.renewAt - Date.now());
    this.renewal = setTimeout(() => {
      this.session.renew().then(
        (token) => {
          this.notify('/app/im.auth', { token });
          this.planRenewal();
        },
        (error: unknown) => {
          if (!(error instanceof SignedOut)) this.planRenewal();
        },
      );
    }, delay);
  }

  private enter(status: ConnectionStatus, again = this.state.again): void {
    this.state = { status, again };
    this.listener.onState(this.state);
  }
}
