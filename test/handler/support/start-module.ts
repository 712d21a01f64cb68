import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { StompModuleOptions } from '../../../lib/index.js';
import { StompModule } from '../../../lib/index.js';
import { StompTestClient, type StompTestClientOptions } from '../../../lib/testing/index.js';

export interface StartOptions extends ModuleMetadata {
  stomp?: StompModuleOptions;
  /** Before the application is initialised: `useGlobalGuards` and the like. */
  configure?: (app: INestApplication) => void;
}

/** What the applications of a spec file have logged, the start-up overview included. */
export const logged: string[] = [];

const note = (message: string): void => void logged.push(message);
const LOGGER = {
  log: note,
  debug: note,
  warn: note,
  error: (message: string, error: unknown) => note(`${message}: ${String(error)}`),
};

/** An application as a user writes it, with `StompModule.forRoot()`, and clients in memory. */
export async function startModule({ stomp, configure, ...metadata }: StartOptions) {
  const imports = [StompModule.forRoot(stomp), ...(metadata.imports ?? [])];
  const module = await Test.createTestingModule({ ...metadata, imports })
    .setLogger(LOGGER)
    .compile();
  const app: INestApplication = module.createNestApplication();
  configure?.(app);
  await app.init();
  return {
    app,
    connect: (user?: string, more: StompTestClientOptions = {}) =>
      StompTestClient.connect(app, { ...(user !== undefined && { user: { name: user } }), ...more }),
    stop: () => app.close(),
  };
}

export type StartedModule = Awaited<ReturnType<typeof startModule>>;
