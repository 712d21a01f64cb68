import type { SockJsTransport } from '../sock-js-transport.js';

/** Internet Explorer hands out nothing of a response before it has 2 KiB. */
const PRELUDE = `${'h'.repeat(2048)}\n`;

/** A response that the client reads while it grows. */
export const xhrStreaming: SockJsTransport = {
  name: 'xhr_streaming',
  method: 'POST',
  contentType: 'application/javascript; charset=UTF-8',
  isStreaming: true,
  prelude: () => PRELUDE,
  wrap: (frame) => `${frame}\n`,
};
