import { HandshakeRefusal } from '../../handshake-refusal.js';
import type { SockJsTransport } from '../sock-js-transport.js';

const CALLBACK = /^[a-zA-Z0-9\-_.]+$/;

/** A page without end in a hidden iframe; each frame is a script in it. */
export const htmlFile: SockJsTransport = {
  name: 'htmlfile',
  method: 'GET',
  contentType: 'text/html; charset=UTF-8',
  isStreaming: true,
  prelude(query) {
    const callback = query.get('c') ?? query.get('callback');
    if (!callback) throw new HandshakeRefusal(500, '"callback" parameter required');
    if (!CALLBACK.test(callback)) throw new HandshakeRefusal(500, 'invalid "callback" parameter');
    // Safari looks at the first kilobyte before it takes a page for HTML.
    return `${page(callback).padEnd(1024)}\r\n\r\n`;
  },
  // A message must not be able to end the script.
  wrap: (frame) => `<script>\np(${JSON.stringify(frame).replaceAll('<', '\\u003c')});\n</script>\r\n`,
};

function page(callback: string): string {
  return `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.${callback};
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`;
}
