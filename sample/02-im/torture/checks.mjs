import { connect, headOf, historyOf } from './world.mjs';

/** @returns what was lost, came twice, is missing or in the wrong order, by what the server has and what its clients have got */
export async function check({ server, world, clients, sent }) {
  const histories = new Map();
  for (const { roomId, members } of world.rooms) {
    const connection = await connect(server, world.users[members[0]], 'phone');
    histories.set(roomId, await historyOf(connection, roomId));
    connection.cut();
  }
  const heads = new Map();
  for (const user of world.users) heads.set(user.userId, await headOf(server, user));
  return judge({ world, clients, sent, histories, heads });
}

/**
 * The same of what is known.
 * @param histories room → its messages, as the server has them
 * @param heads user → the newest place of their inbox
 */
export function judge({ world, clients, sent, histories, heads }) {
  const found = clients.flatMap(({ refused }) => refused.map((sentence) => ({ kind: 'lost', sentence })));
  const places = judgeHistories(histories, found);
  judgeReceipts({ clients, sent, places, found });
  for (const [index, { userId }] of world.users.entries()) {
    const rooms = world.rooms.filter(({ members }) => members.includes(index));
    for (const client of clients.filter((one) => one.userId === userId)) {
      const violations = [...client.journal.finish(heads.get(userId)), ...judgeRooms(client, rooms, histories)];
      found.push(...violations.map(({ kind, sentence }) => ({ kind, sentence: `${client.name}: ${sentence}` })));
    }
  }
  return found;
}

/** @returns `client_msg_id` → the message that is stored under it */
function judgeHistories(histories, found) {
  const places = new Map();
  for (const [roomId, messages] of histories) {
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
  return places;
}

function judgeReceipts({ clients, sent, places, found }) {
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
}

/** Each client has each message of each of its rooms once, in their order. */
function judgeRooms({ journal }, rooms, histories) {
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
    const stored = histories.get(roomId).length;
    if (seq !== stored) found.push({ kind: 'lost', sentence: `of ${roomId}, ${seq} of ${stored} have come` });
  }
  return found;
}
