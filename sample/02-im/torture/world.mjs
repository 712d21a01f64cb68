import { StompConnection } from './stomp-connection.mjs';

const PASSWORD = 'torture';
/** Members of each room, by their numbers. */
const ROOMS = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
  [0, 3, 6],
  [1, 4, 7],
  [0, 1, 2, 3, 4],
  [3, 4, 5, 6, 7],
  [0, 1, 2, 3, 4, 5, 6, 7],
];
export const USERS = 8;
/** Three clients of each user on two devices: one device has two windows open. */
export const CLIENTS = [
  { deviceId: 'phone', name: 'phone' },
  { deviceId: 'desk', name: 'desk-1' },
  { deviceId: 'desk', name: 'desk-2' },
];

/** Registers the users, logs their devices in and makes the rooms. */
export async function createWorld(server) {
  const users = [];
  for (let index = 0; index < USERS; index++) {
    const userId = `user-${index}`;
    await server.post('/api/register', { user_id: userId, name: `User ${index}`, password: PASSWORD });
    const tokens = {};
    for (const deviceId of new Set(CLIENTS.map((client) => client.deviceId))) {
      const login = { user_id: userId, password: PASSWORD, device_id: deviceId };
      tokens[deviceId] = (await server.post('/api/login', login)).access_token;
    }
    users.push({ userId, tokens });
  }
  const rooms = [];
  for (const [index, members] of ROOMS.entries()) {
    const [owner, ...others] = members.map((member) => users[member]);
    const connection = await connect(server, owner, 'phone');
    const [destination, request] = opening(index, others);
    const headers = { destination, 'content-type': 'application/json', receipt: 'room' };
    const receipt = await answer(
      connection,
      (frame) => frame.headers['receipt-id'] === 'room',
      () => connection.send('SEND', headers, JSON.stringify(request)),
    );
    connection.cut();
    rooms.push({ roomId: receipt.headers['room-id'], members });
  }
  return { users, rooms };
}

/** A room of two is their direct one, which the first message opens. */
function opening(index, others) {
  const id = `room-${index}`;
  const memberIds = others.map(({ userId }) => userId);
  if (memberIds.length > 1) {
    const request = { client_msg_id: id, kind: 'group', title: `room ${index}`, member_ids: memberIds };
    return ['/app/im.room.create', request];
  }
  const content = { type: 'unicast', message_type: 1, message_content: { text: 'hello' } };
  return ['/app/im.send', { client_msg_id: id, to_user_id: memberIds[0], ...content }];
}

/** @returns all messages of the room as the user sees them */
export async function historyOf(connection, roomId) {
  const messages = [];
  for (;;) {
    const id = `history-${messages.length}`;
    const request = { room_id: roomId, after: messages.length, limit: 200 };
    const reply = await answer(
      connection,
      (frame) => frame.headers['correlation-id'] === id,
      () => connection.send('SEND', { destination: '/app/im.history', 'correlation-id': id }, JSON.stringify(request)),
    );
    const page = JSON.parse(reply.body).messages;
    if (page.length === 0) return messages;
    messages.push(...page);
  }
}

/** @returns the place of the newest event of the user's inbox */
export async function headOf(server, user) {
  const connection = await connect(server, user, 'phone');
  const state = await answer(
    connection,
    (frame) => frame.headers.subscription === 'head',
    () => connection.send('SUBSCRIBE', { id: 'head', destination: '/user/queue/im.inbox', since: 'latest' }),
  );
  connection.cut();
  return JSON.parse(state.body).head;
}

export async function connect(server, { tokens }, deviceId) {
  const headers = { Authorization: `Bearer ${tokens[deviceId]}`, 'device-id': deviceId, 'heart-beat': '0,0' };
  const connection = await StompConnection.open(server.webSocketUrl, headers);
  connection.send('SUBSCRIBE', { id: 'replies', destination: '/user/queue/im.replies' });
  return connection;
}

function answer(connection, matches, ask) {
  return new Promise((resolve, reject) => {
    connection.onFrame = (frame) => {
      if (matches(frame)) resolve(frame);
      else if (frame.command === 'ERROR') reject(new Error(frame.body));
    };
    connection.ended.then((code) => reject(new Error(`The server closed with ${code}`)));
    ask();
  });
}
