// Reference: the `ws` package used in the obvious way, send() once for each subscriber.
import { WebSocketServer } from 'ws';
import { Topics } from './topics.mjs';

const topics = new Topics();
const delivery = (body) => `M${body.toString('utf8')}`;
const io = {
  deliver(members, body) {
    const text = delivery(body);
    for (const webSocket of members) webSocket.send(text);
  },
  answer: (webSocket, body) => webSocket.send(delivery(body)),
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
