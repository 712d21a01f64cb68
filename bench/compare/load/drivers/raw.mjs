import { DATA, OTHER } from './kinds.mjs';

/**
 * The line protocol of the reference servers on plain `ws`; the first byte is the verb: `S<topic>` subscribes, `P<topic>\n<body>` publishes,
 * `E<body>` asks for an echo, `M<body>` is a delivery.
 */
export const raw = {
  protocols: [],
  addresses: { topic: '{}', echoSend: '', echoReply: '' },
  isReadyOnOpen: true,
  kind: (client, bytes, start) => (bytes[start] === 0x4d ? DATA : OTHER),
  subscribe: (destination) => (destination === '' ? null : `S${destination}`),
  publish: (destination, body) => (destination === '' ? `E${body}` : `P${destination}\n${body}`),
  heartbeat: () => '\n',
};
