import { StompConnection } from '../../torture/stomp-connection.mjs';
import { connectHeaders } from './population.mjs';

const ACKNOWLEDGE_AFTER = 500;
/** It shows that it is there even while it does not read: else it is taken for gone, and has to connect again. */
const BEAT = 5_000;

/** A device that sends without waiting, and acknowledges what it gets now and then. */
export class BenchClient {
  /** Is called with the id of a message and whether it was stored. */
  onAnswer = () => {};
  /** Is called with each event of the inbox, but for the first, `state`. */
  onEvent;
  /** What is told beside: who has received what. */
  liveFrames = 0;
  connection;
  #acknowledgeEvery;
  #unacknowledged;
  #sinceAcknowledged = 0;
  #timer;
  #beats;

  static async connect(server, user, { since = 'latest', acknowledgeEvery = 32, onEvent = () => {} } = {}) {
    const client = new BenchClient();
    client.user = user;
    client.#acknowledgeEvery = acknowledgeEvery;
    client.connection = await StompConnection.open(server.webSocketUrl, {
      ...connectHeaders(user),
      'heart-beat': `${2 * BEAT},0`,
    });
    client.#beats = setInterval(() => client.connection.beat(), BEAT).unref();
    client.connection.onFrame = (frame) => client.#frame(frame);
    const inbox = { id: 'inbox', destination: '/user/queue/im.inbox', ack: 'client', since };
    client.connection.send('SUBSCRIBE', { id: 'errors', destination: '/user/queue/im.errors' });
    client.connection.send('SUBSCRIBE', { id: 'live', destination: '/user/queue/im.live' });
    client.connection.send('SUBSCRIBE', inbox);
    client.state = await new Promise((resolve) => {
      // More may come together with the state.
      client.onEvent = (state) => {
        client.onEvent = onEvent;
        resolve(state);
      };
    });
    client.#timer = setInterval(() => client.#acknowledge(), ACKNOWLEDGE_AFTER).unref();
    return client;
  }

  say(id, toUserId, text) {
    const message = {
      client_msg_id: id,
      to_user_id: toUserId,
      type: 'unicast',
      message_type: 1,
      message_content: { text },
    };
    const headers = { destination: '/app/im.send', 'content-type': 'application/json', receipt: id };
    this.connection.send('SEND', headers, JSON.stringify(message));
  }

  /** Settles when the server has all acknowledgements: what was sent behind them has its RECEIPT. */
  acknowledgeAll() {
    this.#acknowledge();
    this.connection.send('UNSUBSCRIBE', { id: 'live', receipt: 'last' });
    return new Promise((resolve) => (this.onAnswer = resolve));
  }

  close() {
    clearInterval(this.#timer);
    clearInterval(this.#beats);
    this.connection.cut();
  }

  #frame({ command, headers, body }) {
    if (command === 'RECEIPT') this.onAnswer(headers['receipt-id'], true);
    else if (headers.subscription === 'inbox') this.#event(headers, JSON.parse(body));
    else if (headers.subscription === 'live') this.liveFrames++;
    else this.onAnswer(headers['receipt-id'], false, body);
  }

  #event(headers, event) {
    if (headers.ack !== undefined) this.#unacknowledged = headers.ack;
    this.onEvent(event);
    if (++this.#sinceAcknowledged >= this.#acknowledgeEvery) this.#acknowledge();
  }

  #acknowledge() {
    if (this.#unacknowledged !== undefined) this.connection.send('ACK', { id: this.#unacknowledged });
    this.#unacknowledged = undefined;
    this.#sinceAcknowledged = 0;
  }
}
