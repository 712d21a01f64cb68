import { WebSocket } from 'ws';

/** A client that connects and hears every MESSAGE, as text. */
export async function connect(port, { login = '', headers = '', onMessage = () => {} } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const client = { socket, closed: new Promise((resolve) => socket.on('close', (code) => resolve(code))) };
  let failure = '';
  socket.on('error', ({ message }) => (failure = ` (${message})`));
  await new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(`CONNECT\naccept-version:1.2\n${login}${headers}\n\0`));
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.startsWith('CONNECTED\n')) resolve();
      else onMessage(text);
    });
    socket.on('close', (code) =>
      reject(new Error(`A client that does everything right was closed: ${code}${failure}`)),
    );
  });
  return client;
}

/**
 * Two clients that talk to each other, by a topic and by a user destination, while others do what they like. What they say must
 * arrive in order, once, and by nobody else be heard.
 */
export class ControlPair {
  /** How long the slowest message was under way, in milliseconds. */
  worstWait = 0;
  count = 0;
  /** What was wrong. */
  faults = [];
  #clients = [];
  #isOver = false;
  #talk;
  #heard = () => {};

  /** @param secret the name and passcode of the pair's user, and a part of everything that it says */
  constructor(port, secret, maxWait) {
    this.port = port;
    this.secret = secret;
    this.maxWait = maxWait;
  }

  async start() {
    const login = `login:${this.secret}\npasscode:${this.secret}\n`;
    const onMessage = (text) => this.#heard(text);
    for (let i = 0; i < 2; i++) this.#clients.push(await connect(this.port, { login, onMessage }));
    const [, receiver] = this.#clients;
    receiver.socket.send(`SUBSCRIBE\nid:public\ndestination:/topic/${this.secret}\n\n\0`);
    receiver.socket.send(`SUBSCRIBE\nid:private\ndestination:/user/queue/whisper\n\n\0`);
    for (const { closed } of this.#clients) {
      void closed.then((code) => this.#isOver || this.#fail(`the control client was closed with ${code}`));
    }
    this.#talk = this.#run();
  }

  async stop() {
    this.#isOver = true;
    await this.#talk;
    for (const { socket } of this.#clients) socket.terminate();
  }

  async #run() {
    const [sender] = this.#clients;
    while (!this.#isOver && this.faults.length === 0) {
      const start = performance.now();
      const number = ++this.count;
      const heard = this.#both(number);
      const body = `${this.secret} ${number}`;
      sender.socket.send(`SEND\ndestination:/topic/${this.secret}\n\n${body}\0`);
      sender.socket.send(`SEND\ndestination:/app/whisper\n\n${body}\0`);
      await heard;
      this.worstWait = Math.max(this.worstWait, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** The next two messages must be this number, once by each subscription. */
  #both(number) {
    const missing = new Set(['public', 'private']);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#fail(`control message ${number} did not come by ${[...missing]} within ${this.maxWait} ms`);
        resolve();
      }, this.maxWait);
      this.#heard = (text) => {
        if (text === '\n') return;
        const [, subscription] = /^subscription:(.*)$/m.exec(text) ?? [];
        const isRight = text.endsWith(`\n\n${this.secret} ${number}\0`) && missing.delete(subscription);
        if (!isRight) this.#fail(`instead of control message ${number} came ${JSON.stringify(text.slice(0, 300))}`);
        if (missing.size > 0 && isRight) return;
        clearTimeout(timer);
        this.#heard = (stray) => stray === '\n' || this.#fail(`a stray frame: ${JSON.stringify(stray.slice(0, 300))}`);
        resolve();
      };
    });
  }

  #fail(what) {
    this.faults.push(what);
  }
}
