import type { SockJsTransport } from '../sock-js-transport.js';

/** Server-sent events. */
export const eventSource: SockJsTransport = {
  name: 'eventsource',
  method: 'GET',
  contentType: 'text/event-stream',
  isStreaming: true,
  // Opera wants a line before the first event.
  prelude: () => '\r\n',
  // sockjs-client takes the data through decodeURI.
  wrap: (frame) => `data: ${frame.replaceAll('%', '%25')}\r\n\r\n`,
};
