import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** The browser's scripts come from where npm put them: js/jquery.js, js/sockjs.min.js, js/stomp.js and js/stomp.umd.js. */
const SCRIPTS = ['jquery/dist/jquery.js', 'sockjs-client/dist/sockjs.min.js', 'stompjs/lib/stomp.js', '@stomp/stompjs'];

export function servePages(app: NestExpressApplication): void {
  const { resolve } = createRequire(import.meta.url);
  app.useStaticAssets(join(import.meta.dirname, '../public'));
  for (const script of SCRIPTS) app.useStaticAssets(dirname(resolve(script)), { prefix: '/js' });
}
