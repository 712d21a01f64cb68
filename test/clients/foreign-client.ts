/** A MESSAGE as a client library hands it to its user. */
export interface Delivered {
  /** The body as the library reads it when it is text. */
  readonly text: string;
  /** The body as the library reads it when it is not. */
  readonly octets: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  ack(): void;
  nack(): void;
}

export interface ForeignTransaction {
  readonly id: string;
  commit(): void;
  abort(): void;
}

/** A client library of others, as much of it as the tests need. */
export interface ForeignClient {
  /** @returns the version that was negotiated */
  connect(): Promise<string>;
  /** Waits for the RECEIPT. @returns how to unsubscribe */
  subscribe(
    destination: string,
    onMessage: (message: Delivered) => void,
    headers?: Record<string, string>,
  ): Promise<() => void>;
  send(destination: string, body: string, headers?: Record<string, string>): void;
  /** Sends with a receipt header and waits for the RECEIPT. */
  sendWithReceipt(destination: string, body: string): Promise<void>;
  begin(): ForeignTransaction;
  /** As gracefully as the library can. */
  disconnect(): Promise<void>;
}

/** Those who wait for a RECEIPT. */
export class Receipts {
  readonly #waiting = new Map<string, () => void>();
  #count = 0;

  /** @returns a new receipt id, and when its RECEIPT has come */
  next(): { receipt: string; came: Promise<void> } {
    const receipt = `receipt-${++this.#count}`;
    return { receipt, came: new Promise((resolve) => this.#waiting.set(receipt, resolve)) };
  }

  came(receipt: string): void {
    this.#waiting.get(receipt)?.();
    this.#waiting.delete(receipt);
  }
}
