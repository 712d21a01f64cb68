import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

/** One of the servers. */
export async function runServer(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: ['fatal', 'error', 'warn'],
    forceCloseConnections: true,
  });
  app.useStaticAssets(join(import.meta.dirname, '../public'));
  const { resolve } = createRequire(import.meta.url);
  app.useStaticAssets(dirname(resolve('@stomp/stompjs')), { prefix: '/js' });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT || 8080);
}
