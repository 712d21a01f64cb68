import { markOf, sequenceOf, stampOf } from './body.mjs';
import { nowUs } from './clock.mjs';
import { BYE, DATA, FAILED, READY } from './drivers/kinds.mjs';
import { WsConnection } from './ws-client.mjs';

/** One session with a server. */
export class Client extends WsConnection {
  /** Deliveries so far. */
  rx = 0;
  lastSequence = -1;
  /** (client, bytes, start, end) */
  onDelivery = null;
  #endpoint;
  #options;
  #resolve;
  #reject;
  #mark = 0;
  #subscriptions = 0;
  #onEnd = null;
  #onBye = null;

  constructor(endpoint, options, resolve, reject) {
    super(endpoint.address, { protocols: endpoint.driver.protocols, isStream: endpoint.driver.isStream });
    this.#endpoint = endpoint;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.emit = (kind, bytes, start, end) => this.#received(kind, bytes, start, end);
  }

  get login() {
    return this.#options.login;
  }

  sendPayload(payload) {
    if (this.#endpoint.driver.isBinary) this.sendBinary(payload);
    else this.sendText(payload);
  }

  subscribe(kind, name) {
    const destination = this.#endpoint.destination(kind, name);
    const payload = this.#endpoint.driver.subscribe(destination, this.#subscriptions++);
    if (payload) this.sendPayload(payload);
  }

  /** Ends the session as the protocol asks, then the connection. */
  leave() {
    return new Promise((resolve) => {
      if (this.isClosed) return resolve();
      this.#onEnd = resolve;
      const { driver } = this.#endpoint;
      const bye = driver.bye?.();
      if (bye) {
        this.#onBye = () => this.close();
        this.sendPayload(bye);
      }
      if (!bye || !driver.waitsForBye) this.close();
    });
  }

  /** Microseconds between the stamp in the delivery and now. */
  latency(bytes, start) {
    return nowUs() - stampOf(bytes, this.#markIn(bytes, start));
  }

  sequence(bytes, start) {
    return sequenceOf(bytes, this.#markIn(bytes, start));
  }

  onOpen() {
    const { driver } = this.#endpoint;
    if (driver.isReadyOnOpen) return this.#becomeReady();
    const hello = driver.hello(this.#options);
    if (hello) this.sendPayload(hello);
  }

  onMessage(bytes, start, end) {
    this.#received(this.#endpoint.driver.kind(this, bytes, start), bytes, start, end);
  }

  onData(bytes, start, end) {
    this.#endpoint.driver.read(this, bytes, start, end, this.emit);
  }

  onClose(error) {
    this.#reject?.(error ?? new Error('closed before the session was open'));
    this.#resolve = this.#reject = null;
    this.#onEnd?.();
  }

  #markIn(bytes, start) {
    const mark = markOf(bytes, start, start + this.#mark);
    this.#mark = mark - start;
    return mark;
  }

  #received(kind, bytes, start, end) {
    if (kind === DATA) {
      this.rx++;
      if (this.onDelivery !== null) this.onDelivery(this, bytes, start, end);
    } else if (kind === READY) {
      this.#becomeReady();
    } else if (kind === BYE) {
      this.#onBye?.();
    } else if (kind === FAILED) {
      this.error ??= new Error(this.#endpoint.driver.errorText(bytes, start, end));
    }
  }

  #becomeReady() {
    this.#resolve?.(this);
    this.#resolve = this.#reject = null;
  }
}

/** Opens n sessions, `width` at a time. `options(i)` gives what is special about each. */
export async function connectMany(endpoint, n, options = () => ({}), width = 64) {
  const clients = new Array(n);
  let next = 0;
  const lane = async () => {
    while (next < n) {
      const i = next++;
      clients[i] = await endpoint.connect(options(i));
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, n) }, lane));
  return clients;
}
