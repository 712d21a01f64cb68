import { setTimeout as wait } from 'node:timers/promises';
import { InboxJournal } from './inbox-journal.mjs';
import { StompConnection } from './stomp-connection.mjs';

const ACKNOWLEDGE_AFTER = 20;
const ACKNOWLEDGE_DELAY = 50;
const RECEIPT_TIMEOUT = 15_000;
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;

/**
 * A client as clients should be: what it has to say stays in its outbox until the RECEIPT, and is sent again under the same `client_msg_id`;
 * what it has got is in its journal, from whose end every new session goes on.
 */
export class TortureClient {
  journal = new InboxJournal();
  /** `client_msg_id` → what the RECEIPT said. */
  receipts = new Map();
  connections = 0;
  resent = 0;
  duplicateReceipts = 0;
  /** What was refused for good: there must be nothing. */
  refused = [];
  #outbox = new Map();
  #connection;
  #isStopped = false;
  #unacknowledged = 0;
  #lastAcknowledgement;
  #timer;
  #done;

  /**
   * @param source yields what to say, message by message
   * @param onReceipt is called at each first RECEIPT of a message
   */
  constructor({ server, userId, deviceId, name, token, random, source, inFlight, onReceipt }) {
    Object.assign(this, { server, userId, deviceId, name, token, random, source, inFlight, onReceipt });
  }

  /** Connects, and connects again, until it is stopped. */
  start() {
    this.#done = this.#run();
  }

  async stop() {
    this.#isStopped = true;
    this.#connection?.cut();
    await this.#done;
  }

  get isIdle() {
    return this.#outbox.size === 0 && this.source.isEmpty;
  }

  cut() {
    this.#connection?.cut();
  }

  async #run() {
    let pause = SHORTEST_PAUSE;
    while (!this.#isStopped) {
      try {
        const headers = { Authorization: `Bearer ${this.token}`, 'device-id': this.deviceId, 'heart-beat': '0,0' };
        this.#connection = await StompConnection.open(this.server.webSocketUrl, headers);
        this.connections++;
        pause = SHORTEST_PAUSE;
        this.#begin();
        await this.#connection.ended;
      } catch {
        // The server is not there, or has gone in the midst of the handshake.
      }
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#lastAcknowledgement = undefined;
      this.#unacknowledged = 0;
      await wait(pause / 2 + this.random.below(pause));
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  #begin() {
    const connection = this.#connection;
    connection.onFrame = (frame) => this.#frame(frame);
    connection.send('SUBSCRIBE', { id: 'errors', destination: '/user/queue/im.errors' });
    const since = this.journal.resume();
    connection.send('SUBSCRIBE', { id: 'inbox', destination: '/user/queue/im.inbox', ack: 'client', since });
    for (const message of this.#outbox.values()) this.#write(message);
    this.resent += this.#outbox.size;
    this.#sayMore();
  }

  #frame({ command, headers, body }) {
    if (command === 'RECEIPT') this.#receipt(headers);
    else if (headers.subscription === 'inbox') this.#event(headers, JSON.parse(body));
    else if (headers.subscription === 'errors') this.#error(JSON.parse(body));
    else this.refused.push(`${command} ${headers.message ?? ''}`);
  }

  #receipt(headers) {
    const id = headers['receipt-id'];
    const message = this.#outbox.get(id);
    if (headers.dup === 'true') this.duplicateReceipts++;
    const receipt = {
      roomId: headers['room-id'],
      seq: Number(headers.seq),
      messageId: headers['message-id'],
      inboxSeq: Number(headers['inbox-seq']),
    };
    this.journal.sent(receipt);
    const known = this.receipts.get(id);
    if (known && (known.seq !== receipt.seq || known.messageId !== receipt.messageId)) {
      this.journal.violations.push({ kind: 'duplicate', sentence: `${id} has the seqs ${known.seq}, ${receipt.seq}` });
    }
    this.receipts.set(id, receipt);
    if (!message) return;
    clearTimeout(message.timer);
    this.#outbox.delete(id);
    this.onReceipt();
    this.#sayMore();
  }

  #event(headers, event) {
    if (event.kind === 'state') return this.journal.started(event);
    this.journal.came(event);
    this.#lastAcknowledgement = headers.ack;
    if (++this.#unacknowledged >= ACKNOWLEDGE_AFTER) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_DELAY);
  }

  #acknowledge() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unacknowledged = 0;
    if (this.#lastAcknowledgement === undefined) return;
    this.#connection.send('ACK', { id: this.#lastAcknowledgement });
    this.#lastAcknowledgement = undefined;
  }

  #error(error) {
    const message = this.#outbox.get(error.client_msg_id);
    if (!error.retryable) this.refused.push(`${error.code}: ${error.message}`);
    else if (message) this.#later(message, (error.retry_after_ms ?? 100) + this.random.below(100));
  }

  #sayMore() {
    while (this.#outbox.size < this.inFlight && this.#connection.isOpen) {
      const message = this.source.next();
      if (!message) return;
      this.#outbox.set(message.client_msg_id, { body: message });
      this.#write(this.#outbox.get(message.client_msg_id));
      // The worst moment: the server gets the message, and the client never hears of it.
      if (this.random.chance(1_000)) this.cut();
    }
  }

  #write(message) {
    const receipt = message.body.client_msg_id;
    const headers = { destination: '/app/im.send', 'content-type': 'application/json', receipt };
    this.#connection.send('SEND', headers, JSON.stringify(message.body));
    this.#later(message, RECEIPT_TIMEOUT);
  }

  #later(message, delay) {
    clearTimeout(message.timer);
    message.timer = setTimeout(() => {
      if (!this.#outbox.has(message.body.client_msg_id) || !this.#connection.isOpen) return;
      this.resent++;
      this.#write(message);
    }, delay);
  }
}
