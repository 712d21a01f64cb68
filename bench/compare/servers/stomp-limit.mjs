// Reference: what a STOMP broker on the `ws` package can reach. It does CONNECT, SUBSCRIBE, SEND, DISCONNECT and an echo, nothing else, and takes
// every shortcut that stays correct. MODE says how a MESSAGE is written, each with one technique more than the one before it:
//   naive      a string is built and sent for each subscriber
//   buffer     the frame is encoded once for each broadcast and subscription id, and sent with ws.send
//   preframed  the WebSocket header is encoded with it, and both are written to the socket directly
//   tick       and all writes of one turn of the event loop to one socket are joined into one (default)
import { WebSocketServer } from 'ws';

const MODE = process.env.MODE ?? 'tick';
const LF = 10;
const COLON = 58;

/** Destination → subscription id → sockets. */
const topics = new Map();
let messageId = 0;

/** The headers of a frame, decoded only as far as asked for, and where its body begins. */
function headers(data, names) {
  const found = {};
  let at = data.indexOf(LF) + 1;
  while (data[at] !== LF && at < data.length) {
    const end = data.indexOf(LF, at);
    const colon = data.indexOf(COLON, at);
    const name = data.latin1Slice(at, colon);
    if (names.includes(name)) found[name] = data.utf8Slice(colon + 1, end);
    at = end + 1;
  }
  found.body = at + 1;
  return found;
}

function webSocketFrame(head, body) {
  const length = head.length + body.length + 1;
  const start = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.latin1Write(head, start);
  body.copy(frame, start + head.length);
  frame[start + length - 1] = 0;
  return frame;
}

const messageHead = (destination, id, length) =>
  `MESSAGE\nsubscription:${id}\nmessage-id:${messageId}\ndestination:${destination}\n` +
  `content-type:application/json\ncontent-length:${length}\n\n`;

let corked = [];
function flush() {
  const sockets = corked;
  corked = [];
  for (const socket of sockets) {
    socket.isHeld = false;
    socket.uncork();
  }
}

const writers = {
  naive(webSockets, destination, id, body) {
    for (const webSocket of webSockets) {
      webSocket.send(`${messageHead(destination, id, body.length)}${body.toString()}\0`);
    }
  },
  buffer(webSockets, destination, id, body) {
    const frame = Buffer.concat([Buffer.from(messageHead(destination, id, body.length)), body, Buffer.from([0])]);
    for (const webSocket of webSockets) webSocket.send(frame, { binary: false });
  },
  preframed(webSockets, destination, id, body) {
    const frame = webSocketFrame(messageHead(destination, id, body.length), body);
    for (const webSocket of webSockets) webSocket._socket.write(frame);
  },
  tick(webSockets, destination, id, body) {
    const frame = webSocketFrame(messageHead(destination, id, body.length), body);
    for (const webSocket of webSockets) {
      const socket = webSocket._socket;
      if (!socket.isHeld) {
        socket.isHeld = true;
        socket.cork();
        if (corked.push(socket) === 1) setImmediate(flush);
      }
      socket.write(frame);
    }
  },
};
const write = writers[MODE];

const handlers = { '/app/echo': (payload) => payload };

function onMessage(webSocket, data) {
  const first = data[0];
  if (first === 0x53 && data[1] === 0x45) {
    send(webSocket, data);
  } else if (first === 0x53) {
    subscribe(webSocket, data);
  } else if (first === 0x43) {
    webSocket.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0');
  } else if (first === 0x44) {
    const { receipt } = headers(data, ['receipt']);
    if (receipt) webSocket.send(`RECEIPT\nreceipt-id:${receipt}\n\n\0`);
  }
}

function send(webSocket, data) {
  const { destination, body } = headers(data, ['destination']);
  const payload = data.subarray(body, data.length - 1);
  messageId++;
  const handler = handlers[destination];
  if (handler) {
    const answer = Buffer.from(JSON.stringify(handler(JSON.parse(payload.toString()))));
    write([webSocket], '/user/queue/echo', webSocket.echoId, answer);
    return;
  }
  for (const [id, webSockets] of topics.get(destination) ?? []) write(webSockets, destination, id, payload);
}

function subscribe(webSocket, data) {
  const { destination, id } = headers(data, ['destination', 'id']);
  if (destination === '/user/queue/echo') {
    webSocket.echoId = id;
    return;
  }
  if (!topics.has(destination)) topics.set(destination, new Map());
  const groups = topics.get(destination);
  if (!groups.has(id)) groups.set(id, new Set());
  groups.get(id).add(webSocket);
  webSocket.groups.push(groups.get(id));
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  backlog: 4096,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  handleProtocols: (protocols) => [...protocols][0],
});
server.on('connection', (webSocket) => {
  webSocket.groups = [];
  webSocket.on('message', (data) => onMessage(webSocket, data));
  webSocket.on('close', () => {
    for (const group of webSocket.groups) group.delete(webSocket);
  });
});
