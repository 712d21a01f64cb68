import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express } from 'express';
import { bundleWeb, CONTENT_SECURITY_POLICY, type WebBundle } from './web-bundle.js';

const FILES: readonly { path: string; file: keyof WebBundle; type: string }[] = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/main.js', file: 'main.js', type: 'text/javascript; charset=utf-8' },
  { path: '/main.js.map', file: 'main.js.map', type: 'application/json' },
  { path: '/service-worker.js', file: 'service-worker.js', type: 'text/javascript; charset=utf-8' },
  { path: '/main.css', file: 'main.css', type: 'text/css; charset=utf-8' },
];

/** The web client at `/`. */
export async function serveWeb(app: NestExpressApplication): Promise<void> {
  const bundle = await bundleWeb();
  const express: Express = app.getHttpAdapter().getInstance();
  for (const { path, file, type } of FILES) {
    const content = bundle[file];
    if (content === undefined) continue;
    const body = Buffer.from(content);
    express.get(path, (_request, response) => {
      response.set({
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'Content-Type': type,
        // With the ETag that Express adds, a reload costs little.
        'Cache-Control': 'no-cache',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      });
      response.send(body);
    });
  }
}
