import { connect, headOf, historyOf } from './world.mjs';

/** @returns what was lost, came twice, is missing or in the wrong order, by what the server has and what its clients have got */
export async function check({ server, world, clients, sent }) {
  const found = clients.flatMap(({ refused }) => refused.map((sentence) => ({ kind: 'lost', sentence })));
  const stored = await checkHistories({ server, world, clients, sent, found });
  for (const [index, user] of world.users.entries()) {
    const head = await headOf(server, user);
    const rooms = world.rooms.filter(({ members }) => members.includes(index));
    for (const client of clients.filter(({ userId }) => userId === user.userId)) {
      const violations = [...client.journal.finish(head), ...checkRooms(client, rooms, stored)];
      found.push(...violations.map(({ kind, sentence }) => ({ kind, sentence: `${client.name}: ${sentence}` })));
    }
  }
  return found;
}

/** @returns how many messages each room has */
async function checkHistories({ server, world, clients, sent, found }) {
  const stored = new Map();
  const places = new Map();
  for (const { roomId, members } of world.rooms) {
    const connection = await connect(server, world.users[members[0]], 'phone');
    const messages = await historyOf(connection, roomId);
    connection.cut();
    stored.set(roomId, messages.length);
    const lastOfClient = new Map();
    for (const [index, message] of messages.entries()) {
      const { client_msg_id: id, seq } = message;
      if (seq !== index + 1) found.push({ kind: 'gap', sentence: `${roomId} has ${seq} in the place ${index + 1}` });
      if (places.has(id)) found.push({ kind: 'duplicate', sentence: `${id} is stored twice` });
      places.set(id, message);
      const [client, number] = id.split('#');
      if (number === undefined) continue;
      if (Number(number) <= (lastOfClient.get(client) ?? -1)) {
        found.push({ kind: 'disorder', sentence: `${id} is stored behind a later message of its client` });
      }
      lastOfClient.set(client, Number(number));
    }
  }
  for (const id of sent) {
    if (!places.has(id)) found.push({ kind: 'lost', sentence: `${id} is not stored` });
  }
  for (const { receipts } of clients) {
    for (const [id, receipt] of receipts) {
      const message = places.get(id);
      const isSame =
        message?.seq === receipt.seq && message.message_id === receipt.messageId && message.room_id === receipt.roomId;
      if (!isSame) found.push({ kind: 'lost', sentence: `${id} is not where its RECEIPT said` });
    }
  }
  return stored;
}

/** Each client has each message of each of its rooms once, in their order. */
function checkRooms({ journal }, rooms, stored) {
  const found = [];
  const last = new Map(rooms.map(({ roomId }) => [roomId, 0]));
  for (let place = 1; place <= journal.position; place++) {
    const entry = journal.entries[place];
    const colon = entry.lastIndexOf(':');
    if (colon < 0) continue;
    const roomId = entry.slice(0, colon);
    const seq = Number(entry.slice(colon + 1));
    const expected = last.get(roomId) + 1;
    if (seq > expected) found.push({ kind: 'gap', sentence: `${entry} is in the place of ${expected}` });
    if (seq < expected) found.push({ kind: 'disorder', sentence: `${entry} is in the place of ${expected}` });
    last.set(roomId, seq);
  }
  for (const [roomId, seq] of last) {
    if (seq !== stored.get(roomId)) {
      found.push({ kind: 'lost', sentence: `of ${roomId}, ${seq} of ${stored.get(roomId)} have come` });
    }
  }
  return found;
}
