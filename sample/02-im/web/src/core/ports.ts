import type { IStompSocket } from '@stomp/stompjs';
import type { OutboxItem } from './outbox.js';

/** Everything the core needs of the place where it runs: a browser, or Node in a test. */
export interface Ports {
  /** Of the server, `https://im.example`. */
  readonly origin: string;
  readonly settings: Settings;
  readonly outbox: OutboxStorage;
  readonly platform: string;
  readonly deviceName: string;
  openSocket(url: string, protocols: string[]): IStompSocket;
  fetch(url: string, init: RequestInit): Promise<Response>;
  upload(request: UploadRequest): Promise<UploadAnswer>;
  /** Missing where there is none. */
  readonly push?: PushPort;
  /** Runs one after the other in all tabs of a device. */
  exclusively<T>(name: string, task: () => Promise<T>): Promise<T>;
  random?(): number;
  readonly reconnect?: ReconnectDelays;
}

export interface ReconnectDelays {
  readonly initial: number;
  readonly maximum: number;
}

/** Small and synchronous, kept per device. */
export interface Settings {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** What tells this device of messages while the client is not running. */
export interface PushPort {
  /** For good, as far as the client can tell. */
  isDenied(): boolean;
  isSubscribed(): Promise<boolean>;
  /** Asks the user first. @returns what the server needs, as JSON; undefined if the user does not want it */
  subscribe(publicKey: string): Promise<object | undefined>;
  unsubscribe(): Promise<void>;
}

/** Keeps what is not sent yet, files included. */
export interface OutboxStorage {
  load(userId: string): Promise<OutboxItem[]>;
  put(userId: string, item: OutboxItem): Promise<void>;
  remove(clientMessageId: string): Promise<void>;
}

export interface UploadRequest {
  readonly url: string;
  readonly token: string;
  readonly file: Blob;
  readonly name: string;
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  onProgress(share: number): void;
}

export interface UploadAnswer {
  readonly status: number;
  readonly body: string;
}
