/** The parts of clients without types that the tests use. */
declare module 'stompjs' {
  export interface LegacyFrame {
    command: string;
    headers: Record<string, string>;
    body: string;
    ack(headers?: Record<string, string>): void;
    nack(headers?: Record<string, string>): void;
  }

  export interface LegacyClient {
    debug: unknown;
    heartbeat: { outgoing: number; incoming: number };
    onreceipt: (frame: LegacyFrame) => void;
    connect(headers: object, onConnect: (frame: LegacyFrame) => void, onError: (error: unknown) => void): void;
    disconnect(callback?: () => void, headers?: Record<string, string>): void;
    send(destination: string, headers?: Record<string, string>, body?: string): void;
    subscribe(
      destination: string,
      onMessage: (message: LegacyFrame) => void,
      headers?: Record<string, string>,
    ): { id: string; unsubscribe(): void };
    begin(transaction: string): { id: string; commit(): void; abort(): void };
  }

  const stomp: { over(webSocket: unknown): LegacyClient };
  export default stomp;
}

declare module 'sockjs-client' {
  export default class SockJS {
    constructor(url: string, reserved?: unknown, options?: { transports?: string | string[] });
    close(): void;
  }
}
