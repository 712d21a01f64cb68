import { createHash } from 'node:crypto';
import net from 'node:net';

/** So much of a message that spans reads is kept. */
const HEAD = 1024;
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const KEY = 'bG9hZCBnZW5lcmF0b3IhIQ==';
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
// Browsers mask with random keys, and some servers skip unmasking when the key is zero: so the key is not zero.
const MASK = Buffer.from([0x5a, 0xa5, 0x3c, 0xc3]);

export const OP_TEXT = 1;
export const OP_BINARY = 2;
const OP_CLOSE = 8;
const OP_PING = 9;
const OP_PONG = 10;

/** One masked client frame around the payload. */
export function encodeFrame(payload, opcode = OP_TEXT) {
  const { length } = payload;
  const headLength = length < 126 ? 6 : length < 65536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = 0x80 | opcode;
  if (headLength === 6) {
    frame[1] = 0x80 | length;
  } else if (headLength === 8) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  MASK.copy(frame, headLength - 4);
  for (let i = 0; i < length; i++) frame[headLength + i] = payload[i] ^ MASK[i & 3];
  return frame;
}

/** The mask byte that applies to payload position i, for those who rewrite bytes of an encoded frame. */
export function maskByte(i) {
  return MASK[i & 3];
}

/**
 * A WebSocket client made for load: it costs a fraction of what any server under test does. It reads every socket of the process into one
 * shared buffer, parses frame headers in place, and never copies a payload that it need not keep.
 *
 * Subclasses are told of each message once it is complete, by `onMessage(bytes, start, end, total)`: the bytes from start to end hold the whole
 * message when it arrived in one read, and at least its first KiB otherwise. A stream reports payload bytes as they come, without the borders
 * of messages, by `onData(bytes, start, end)`. `onOpen()` and `onClose(error)` come once.
 */
export class WsConnection {
  isOpen = false;
  isClosed = false;
  error = null;
  /** How often the operating system had something to read. */
  reads = 0;
  #address;
  #protocols;
  #isStream;
  #socket;
  #isCloseSent = false;
  #rest = null; // bytes of an incomplete frame header, or of the HTTP response
  #left = 0; // payload bytes of the current frame still to come
  #isFinal = true; // the current frame ends its message
  #total = 0; // payload length of the message so far
  #head = null; // first bytes of a message that spans reads
  #headLength = 0;

  constructor(address, { protocols = [], isStream = false } = {}) {
    this.#address = address;
    this.#protocols = protocols;
    this.#isStream = isStream;
  }

  open() {
    const socket = net.connect({
      host: this.#address.host,
      port: this.#address.port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length, buffer) => {
          this.reads++;
          this.#parse(buffer, length);
          return true;
        },
      },
    });
    socket.on('connect', () => socket.write(this.#request()));
    socket.on('error', (error) => (this.error ??= error));
    socket.on('close', () => this.#closed());
    socket.on('end', () => socket.end());
    this.#socket = socket;
  }

  /** Sends an already encoded frame. */
  write(frame) {
    this.#socket.write(frame);
  }

  sendText(text) {
    this.#socket.write(encodeFrame(Buffer.from(text)));
  }

  sendBinary(bytes) {
    this.#socket.write(encodeFrame(bytes, OP_BINARY));
  }

  /** Starts the closing handshake; `onClose` follows. */
  close() {
    if (this.isClosed) return;
    if (this.isOpen) this.#sendClose();
    else this.#socket.destroy();
  }

  destroy() {
    this.#socket.destroy();
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  #request() {
    const { host, port, path } = this.#address;
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
    ];
    if (this.#protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${this.#protocols.join(', ')}`);
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  #sendClose() {
    if (this.#isCloseSent) return;
    this.#isCloseSent = true;
    this.#socket.write(encodeFrame(Buffer.from([0x03, 0xe8]), OP_CLOSE));
  }

  #closed() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClose(this.error);
  }

  #fail(message) {
    this.error ??= new Error(message);
    this.#socket.destroy();
  }

  #parse(read, length) {
    let bytes = read;
    let end = length;
    if (this.#rest !== null) {
      bytes = Buffer.concat([this.#rest, read.subarray(0, length)]);
      end = bytes.length;
      this.#rest = null;
    }
    let at = this.isOpen ? 0 : this.#handshake(bytes, end);
    if (at < 0) return;
    while (at < end) {
      if (this.#left > 0) {
        const take = Math.min(this.#left, end - at);
        this.#payload(bytes, at, at + take);
        at += take;
        continue;
      }
      const next = this.#frame(bytes, at, end);
      if (next < 0) {
        this.#rest = Buffer.from(bytes.subarray(at, end));
        return;
      }
      at = next;
    }
  }

  /** Reads what begins at `at`. @returns where to go on, or -1 if too little of it is there */
  #frame(bytes, at, end) {
    const available = end - at;
    let length = available >= 2 ? bytes[at + 1] & 127 : 0;
    const headLength = length < 126 ? 2 : length === 126 ? 4 : 10;
    if (available < headLength) return -1;
    if (headLength === 4) length = (bytes[at + 2] << 8) | bytes[at + 3];
    else if (headLength === 10) length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
    const first = bytes[at];
    const start = at + headLength;
    // The usual case: one whole unfragmented message in this read.
    if ((first === 0x81 || first === 0x82) && length <= end - start && this.#isFinal) {
      if (this.#isStream) this.onData(bytes, start, start + length);
      else this.onMessage(bytes, start, start + length, length);
      return start + length;
    }
    if ((first & 0x0f) >= 8) {
      if (length > end - start) return -1;
      this.#control(first & 0x0f, bytes.subarray(start, start + length));
      return start + length;
    }
    if (this.#isFinal) this.#total = this.#headLength = 0;
    this.#isFinal = (first & 0x80) !== 0;
    this.#left = length;
    if (length === 0) this.#payload(bytes, start, start);
    return start;
  }

  #payload(bytes, start, end) {
    const size = end - start;
    this.#left -= size;
    this.#total += size;
    if (this.#isStream) {
      if (size > 0) this.onData(bytes, start, end);
      return;
    }
    if (this.#headLength < HEAD && size > 0) {
      this.#head ??= Buffer.allocUnsafe(HEAD);
      const stop = Math.min(end, start + HEAD - this.#headLength);
      this.#headLength += bytes.copy(this.#head, this.#headLength, start, stop);
    }
    if (this.#left === 0 && this.#isFinal) this.onMessage(this.#head ?? bytes, 0, this.#headLength, this.#total);
  }

  #control(opcode, payload) {
    if (opcode === OP_PING) {
      this.#socket.write(encodeFrame(Buffer.from(payload), OP_PONG));
    } else if (opcode === OP_CLOSE) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      if (!this.#isCloseSent && code !== 1000) {
        this.error ??= new Error(`the server closed with ${code} ${payload.toString('utf8', 2)}`);
      }
      this.#sendClose();
      this.#socket.end();
    }
  }

  #handshake(bytes, length) {
    const text = bytes.toString('latin1', 0, length);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#rest = Buffer.from(bytes.subarray(0, length));
      return -1;
    }
    if (!text.startsWith('HTTP/1.1 101')) {
      this.#fail(`the handshake was refused: ${text.slice(0, text.indexOf('\r\n'))}`);
      return -1;
    }
    if (!text.includes(ACCEPT)) {
      this.#fail('the answer to the handshake has the wrong accept key');
      return -1;
    }
    this.isOpen = true;
    this.onOpen();
    return end + 4;
  }
}
