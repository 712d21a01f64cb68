import { DATA, FAILED, OTHER, READY } from './kinds.mjs';

/**
 * socket.io (Engine.IO 4) on the WebSocket transport alone; the server answers the events `sub` (topic), `pub` (topic, body) and `echo` (body),
 * and delivers as the event `m`.
 */
export const socketIo = {
  protocols: [],
  addresses: { topic: '{}', echoSend: '', echoReply: '', userSend: '@{}', userReply: '' },
  // The server speaks first.
  hello: () => null,
  kind(client, bytes, start) {
    if (bytes[start] === 0x34) {
      if (bytes[start + 1] === 0x32) return DATA; // 42[event,…]
      if (bytes[start + 1] === 0x30) return READY; // 40{"sid"}
      if (bytes[start + 1] === 0x34) return FAILED; // 44
    } else if (bytes[start] === 0x30) {
      client.sendText(client.login === undefined ? '40' : `40${JSON.stringify({ login: client.login })}`);
    } else if (bytes[start] === 0x32) {
      client.sendText('3'); // ping, pong
    }
    return OTHER;
  },
  errorText: (bytes, start, end) => bytes.toString('utf8', start, end),
  subscribe: (destination) => (destination === '' ? null : `42["sub","${destination}"]`),
  publish: (destination, body) => (destination === '' ? `42["echo",${body}]` : `42["pub","${destination}",${body}]`),
  heartbeat: () => null,
  bye: () => '41',
};
