import { BYE, DATA, FAILED, OTHER, READY } from './kinds.mjs';

/** By the first byte of the command. */
const COMMANDS = new Array(256).fill(OTHER);
COMMANDS[0x4d] = DATA; // MESSAGE
COMMANDS[0x43] = READY; // CONNECTED
COMMANDS[0x52] = BYE; // RECEIPT: only DISCONNECT asks for one
COMMANDS[0x45] = FAILED; // ERROR

/** STOMP, one frame per WebSocket message. */
export const stomp = {
  protocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'],
  addresses: {
    topic: '/topic/{}',
    pattern: '/topic/{}',
    echoSend: '/app/echo',
    echoReply: '/user/queue/echo',
    userSend: '/user/{}/queue/bench',
    userReply: '/user/queue/bench',
  },
  hello({ login, passcode, heartbeat = 0, vhost = 'localhost' }) {
    const lines = ['CONNECT', 'accept-version:1.2,1.1,1.0', `host:${vhost}`, `heart-beat:${heartbeat},${heartbeat}`];
    if (login !== undefined) lines.push(`login:${login}`);
    if (passcode !== undefined) lines.push(`passcode:${passcode}`);
    return `${lines.join('\n')}\n\n\0`;
  },
  kind: (client, bytes, start) => COMMANDS[bytes[start]],
  errorText: (bytes, start, end) => bytes.toString('utf8', start, end).replaceAll('\n', ' | '),
  subscribe: (destination, id) => `SUBSCRIBE\nid:${id}\ndestination:${destination}\n\n\0`,
  publish(destination, body) {
    const head = `SEND\ndestination:${destination}\ncontent-type:application/json\n`;
    return `${head}content-length:${Buffer.byteLength(body)}\n\n${body}\0`;
  },
  heartbeat: () => '\n',
  waitsForBye: true,
  bye: () => 'DISCONNECT\nreceipt:bye\n\n\0',
};
