// socket.io on its WebSocket transport: rooms as topics, and a room for each user.
import http from 'node:http';
import { Server } from 'socket.io';

const server = http.createServer();
const io = new Server(server, {
  transports: ['websocket'],
  perMessageDeflate: false,
  pingInterval: 10_000,
  maxHttpBufferSize: 2 ** 24,
});
io.on('connection', (socket) => {
  const { login } = socket.handshake.auth;
  if (login) void socket.join(`@${login}`);
  socket.on('sub', (topic) => socket.join(topic));
  socket.on('pub', (topic, body) => io.to(topic).emit('m', body));
  socket.on('echo', (body) => socket.emit('m', body));
});
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
