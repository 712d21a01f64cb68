// Reference: the `ws` package for the handshake and for reading; one WebSocket frame is made for each broadcast and written to every
// subscriber's socket as it is.
import { Sender, WebSocketServer } from 'ws';
import { Topics } from './topics.mjs';

const topics = new Topics();
const OPTIONS = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };
const frame = (body) => Buffer.concat(Sender.frame(Buffer.concat([Buffer.from('M'), body]), OPTIONS));
const io = {
  deliver(members, body) {
    const bytes = frame(body);
    for (const webSocket of members) webSocket._socket.write(bytes);
  },
  answer: (webSocket, body) => webSocket._socket.write(frame(body)),
};

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  backlog: 4096,
  perMessageDeflate: false,
});
server.on('connection', (webSocket) => {
  webSocket.on('message', (data) => topics.handle(webSocket, data, io));
  webSocket.on('close', () => topics.leave(webSocket));
});
