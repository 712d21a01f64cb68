import { body, forDigits, markOf } from './body.mjs';
import { Client } from './client.mjs';
import { nowUs } from './clock.mjs';
import { drivers } from './drivers/index.mjs';
import { OP_BINARY, OP_TEXT, encodeFrame, maskByte } from './ws-client.mjs';

/** A server as the scenarios see it: a driver that knows the protocol, an address, and names for destinations. */
export class Endpoint {
  constructor(target) {
    const url = new URL(target.url);
    this.driver = drivers[target.driver];
    if (!this.driver) throw new Error(`no driver ${target.driver}`);
    this.address = { host: url.hostname, port: Number(url.port), path: url.pathname + url.search };
    this.names = { ...this.driver.addresses, ...target.addresses };
    this.credentials = { login: target.login, passcode: target.passcode, vhost: target.vhost };
  }

  supports({ needs }) {
    return needs.every((kind) => typeof this.names[kind] === 'string');
  }

  destination(kind, name = '') {
    const pattern = this.names[kind];
    if (typeof pattern !== 'string') throw new Error(`the target has no address for ${kind}`);
    return pattern.replace('{}', this.driver.name?.(name) ?? name);
  }

  /** A publish frame ready to be stamped and sent again and again. */
  message(kind, name, size) {
    return new StampedMessage(this.driver, this.destination(kind, name), size);
  }

  /** Opens a session; the promise settles once the server has accepted it. */
  connect(options = {}) {
    return new Promise((resolve, reject) => {
      const client = new Client(this, { ...this.credentials, ...options }, resolve, reject);
      client.open();
    });
  }
}

class StampedMessage {
  #frame;
  #head;
  #mark;

  constructor(driver, destination, size) {
    const payload = Buffer.from(driver.publish(destination, body(size)));
    this.#frame = encodeFrame(payload, driver.isBinary ? OP_BINARY : OP_TEXT);
    this.#head = this.#frame.length - payload.length;
    this.#mark = markOf(payload, 0, -1);
  }

  /** A copy of the frame with this moment and this sequence number in its body. */
  stamped(sequence) {
    const frame = Buffer.allocUnsafe(this.#frame.length);
    this.#frame.copy(frame);
    forDigits(this.#mark, nowUs(), sequence, (at, digit) => (frame[this.#head + at] = digit ^ maskByte(at)));
    return frame;
  }
}
