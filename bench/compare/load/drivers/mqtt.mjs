import { DATA, FAILED, OTHER, READY } from './kinds.mjs';

const HEAD = 512;

let clients = 0;

/**
 * MQTT 3.1.1, QoS 0. A WebSocket message may hold a part of a packet or several, so this driver reads a stream of bytes. The generator's names
 * use '.' between segments and '*' for one segment.
 */
export const mqtt = {
  protocols: ['mqtt'],
  isBinary: true,
  isStream: true,
  addresses: { topic: 'bench/{}', pattern: 'bench/{}' },
  name: (name) => name.replaceAll('.', '/').replaceAll('*', '+'),
  hello: ({ heartbeat = 0 }) =>
    packet(
      0x10,
      string('MQTT'),
      Buffer.from([4, 2, (heartbeat / 1000) >> 8, (heartbeat / 1000) & 255]),
      string(`bench-${process.pid}-${clients++}`),
    ),
  /** Calls emit(kind, bytes, start, end) for each whole packet. */
  read(client, bytes, start, end, emit) {
    const state = (client.packet ??= new PacketState());
    let at = start;
    while (at < end) at = state.left > 0 ? state.payload(bytes, at, end, emit) : state.head(bytes, at, emit);
  },
  errorText: (bytes, start, end) => `CONNACK ${bytes.toString('hex', start, end)}`,
  subscribe: (destination, id) => packet(0x82, Buffer.from([0, (id & 127) + 1]), string(destination), Buffer.from([0])),
  publish: (destination, body) => packet(0x30, string(destination), Buffer.from(body)),
  heartbeat: () => Buffer.from([0xc0, 0]),
  bye: () => Buffer.from([0xe0, 0]),
};

/** Where in a packet the reading stands. */
class PacketState {
  left = 0;
  #type = 0;
  #shift = -1;
  #length = 0;
  #kept = Buffer.allocUnsafe(HEAD);
  #keptLength = 0;

  /** One byte of the fixed header. */
  head(bytes, at, emit) {
    if (this.#shift < 0) {
      this.#type = bytes[at] >> 4;
      this.#shift = this.#length = 0;
      return at + 1;
    }
    this.#length += (bytes[at] & 127) * 2 ** this.#shift;
    if (bytes[at] & 128) {
      this.#shift += 7;
    } else {
      this.#shift = -1;
      this.left = this.#length;
      if (this.left === 0) emit(OTHER, bytes, at, at);
    }
    return at + 1;
  }

  payload(bytes, at, end, emit) {
    const take = Math.min(this.left, end - at);
    const isLast = take === this.left;
    if (isLast && this.#keptLength === 0) {
      emit(kindOf(this.#type, bytes[at + 1]), bytes, at, at + take);
    } else {
      const stop = Math.min(at + take, at + HEAD - this.#keptLength);
      if (this.#keptLength < HEAD) this.#keptLength += bytes.copy(this.#kept, this.#keptLength, at, stop);
      if (isLast) emit(kindOf(this.#type, this.#kept[1]), this.#kept, 0, this.#keptLength);
    }
    this.left -= take;
    if (isLast) this.#keptLength = 0;
    return at + take;
  }
}

function kindOf(type, code) {
  if (type === 3) return DATA;
  if (type === 2) return code === 0 ? READY : FAILED;
  return OTHER;
}

function string(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(first, ...parts) {
  const body = Buffer.concat(parts);
  const length = [];
  let rest = body.length;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
