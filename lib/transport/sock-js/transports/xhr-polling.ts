import type { SockJsTransport } from '../sock-js-transport.js';

/** The client asks, gets what there is, and asks again. */
export const xhrPolling: SockJsTransport = {
  name: 'xhr',
  method: 'POST',
  contentType: 'application/javascript; charset=UTF-8',
  isStreaming: false,
  prelude: () => '',
  wrap: (frame) => `${frame}\n`,
};
