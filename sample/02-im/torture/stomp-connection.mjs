import { WebSocket } from 'ws';

/**
 * One conversation in STOMP 1.2 over a WebSocket, no more of it than a program needs that knows its server: a frame is one message of the
 * WebSocket, and header values are passed on as they stand on the wire.
 */
export class StompConnection {
  /** Settles when the connection is gone, for whatever reason. */
  ended;
  /** Receives each MESSAGE, RECEIPT and ERROR. */
  onFrame = () => {};
  #webSocket;

  /** @returns a connection that is CONNECTED */
  static async open(url, headers) {
    const connection = new StompConnection();
    await connection.#open(url, headers);
    return connection;
  }

  send(command, headers, body = '') {
    if (!this.isOpen) return;
    let frame = `${command}\n`;
    for (const name in headers) frame += `${name}:${headers[name]}\n`;
    this.#webSocket.send(`${frame}\n${body}\0`);
  }

  /** A heart-beat. */
  beat() {
    if (this.isOpen) this.#webSocket.send('\n');
  }

  get isOpen() {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  /** Destroys the socket: what is on its way, either way, is lost. */
  cut() {
    this.#webSocket.terminate();
  }

  pause() {
    this.#webSocket.pause();
  }

  resume() {
    this.#webSocket.resume();
  }

  #open(url, headers) {
    const webSocket = new WebSocket(url, ['v12.stomp'], { perMessageDeflate: false });
    this.#webSocket = webSocket;
    this.ended = new Promise((resolve) => webSocket.on('close', resolve));
    return new Promise((resolve, reject) => {
      webSocket.on('error', reject);
      webSocket.on('close', (code) => reject(new Error(`The server closed with ${code}`)));
      webSocket.on('open', () => this.send('CONNECT', { 'accept-version': '1.2', host: 'localhost', ...headers }));
      webSocket.on('message', (/** @type {Buffer} */ data) => {
        // Such a short one is a heart-beat.
        if (data.length < 2) return;
        const frame = parseFrame(data.toString());
        if (frame.command === 'CONNECTED') resolve();
        else this.onFrame(frame);
      });
    });
  }
}

function parseFrame(text) {
  const headEnd = text.indexOf('\n\n');
  const [command, ...lines] = text.slice(0, headEnd).split('\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon)] ??= line.slice(colon + 1);
  }
  return { command, headers, body: text.slice(headEnd + 2, text.lastIndexOf('\0')) };
}
