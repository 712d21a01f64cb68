import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { servePages } from './pages.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['fatal', 'error', 'warn'] });
servePages(app);
app.enableShutdownHooks();

// The guide's page connects to port 8080, whatever address it came from itself; the other page to where it came from.
await app.listen(process.env.PORT || 8080);

const { port } = app.getHttpServer().address() as AddressInfo;
console.log(
  `Open http://localhost:${port} for the guide's page, http://localhost:${port}/frames.html to watch the frames.`,
);
