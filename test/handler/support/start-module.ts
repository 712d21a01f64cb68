import { Logger, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { StompModuleOptions } from '../../../lib/index.js';
import { StompModule } from '../../../lib/index.js';
import { StompTestClient, type StompTestClientOptions } from '../../../lib/testing/index.js';

/** An application as a user writes it, with `StompModule.forRoot()`, and clients in memory. */
export async function startModule({ stomp, ...metadata }: ModuleMetadata & { stomp?: StompModuleOptions }) {
  Logger.overrideLogger(false);
  const imports = [StompModule.forRoot(stomp), ...(metadata.imports ?? [])];
  const module = await Test.createTestingModule({ ...metadata, imports }).compile();
  const app: INestApplication = module.createNestApplication({ logger: false });
  await app.init();
  return {
    app,
    connect: (user?: string, more: StompTestClientOptions = {}) =>
      StompTestClient.connect(app, { ...(user !== undefined && { user: { name: user } }), ...more }),
    stop: () => app.close(),
  };
}

export type StartedModule = Awaited<ReturnType<typeof startModule>>;
