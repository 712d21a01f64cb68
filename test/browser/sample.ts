import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { chromium, type Browser } from 'playwright-core';
import { AppModule } from '../../sample/01-spring-guide/src/app.module.js';
import { servePages } from '../../sample/01-spring-guide/src/pages.js';

/** The address that the guide's page connects to. */
export const ORIGIN = 'http://localhost:8080';

export interface RunningSample {
  readonly app: NestExpressApplication;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** The sample on some free port, and a browser that finds it at `ORIGIN`. */
export async function startSample(): Promise<RunningSample> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['fatal', 'error', 'warn'] });
  servePages(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-proxy-server', `--host-resolver-rules=MAP localhost:8080 127.0.0.1:${port}`],
  });
  return {
    app,
    browser,
    async close() {
      await browser.close();
      await app.close();
    },
  };
}
