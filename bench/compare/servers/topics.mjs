const SUBSCRIBE = 0x53;
const PUBLISH = 0x50;
const ECHO = 0x45;
const NEWLINE = 0x0a;

/** What the reference servers share: the line protocol of `load/drivers/raw.mjs` on a set of sockets. */
export class Topics {
  #members = new Map();

  /** Handles one message; `deliver(connections, body)` and `answer(connection, body)` write. */
  handle(connection, data, { deliver, answer }) {
    const verb = data[0];
    if (verb === ECHO) {
      answer(connection, data.subarray(1));
    } else if (verb === PUBLISH) {
      const end = data.indexOf(NEWLINE);
      const members = this.#members.get(data.latin1Slice(1, end));
      if (members) deliver(members, data.subarray(end + 1));
    } else if (verb === SUBSCRIBE) {
      const topic = data.toString('latin1', 1);
      if (!this.#members.has(topic)) this.#members.set(topic, new Set());
      this.#members.get(topic).add(connection);
      (connection.topics ??= []).push(topic);
    }
  }

  leave(connection) {
    for (const topic of connection.topics ?? []) this.#members.get(topic).delete(connection);
  }
}
