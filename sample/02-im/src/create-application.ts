import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { DemoUsers } from './accounts/demo-users.js';
import { ImErrorFilter } from './im-error.filter.js';
import type { ImOptions } from './im-options.js';
import { JsonLevelsPipe } from './json-levels.pipe.js';
import { serveWeb } from './web/serve-web.js';

/** The whole server, not listening yet. */
export async function createApplication(options: ImOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(options), {
    logger: ['fatal', 'error', 'warn'],
    // Whoever is slow with a request must not keep the server from stopping; the sessions have ended by then.
    forceCloseConnections: true,
  });
  app.useGlobalPipes(new JsonLevelsPipe(), new ValidationPipe({ whitelist: true, transform: true }));
  app.useGlobalFilters(new ImErrorFilter());
  app.enableShutdownHooks();
  await serveWeb(app);
  if (options.hasDemoUsers) await app.get(DemoUsers).create();
  return app;
}
