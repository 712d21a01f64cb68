import { DATA, OTHER } from './kinds.mjs';

const DELIVERY = Buffer.from('{"event":"m"');

/** A Nest gateway on its plain `ws` adapter: {"event":…,"data":…} both ways. */
export const nestGateway = {
  protocols: [],
  addresses: { topic: '{}', echoSend: '', echoReply: '' },
  isReadyOnOpen: true,
  kind: (client, bytes, start) =>
    bytes[start + 10] === DELIVERY[10] && bytes[start + 11] === DELIVERY[11] ? DATA : OTHER,
  subscribe: (destination) => (destination === '' ? null : `{"event":"sub","data":"${destination}"}`),
  publish: (destination, body) =>
    destination === ''
      ? `{"event":"echo","data":${body}}`
      : `{"event":"pub","data":{"topic":"${destination}","body":${body}}}`,
  heartbeat: () => '{"event":"beat"}',
};
