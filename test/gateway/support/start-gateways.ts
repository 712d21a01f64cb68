import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { StompModule, StompWsAdapter, type StompModuleOptions } from '../../../lib/index.js';
import { StompTestClient, type StompTestClientOptions } from '../../../lib/testing/index.js';

/** An application whose gateways speak STOMP, and clients in memory. */
export async function startGateways({ stomp, ...metadata }: ModuleMetadata & { stomp?: StompModuleOptions }) {
  const log: string[] = [];
  const note = (message: string): void => void log.push(message);
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [StompModule.forRoot(stomp), ...(metadata.imports ?? [])],
  })
    .setLogger({ log: note, warn: note, debug: note, error: (message, ...rest) => note([message, ...rest].join(' ')) })
    .compile();
  const app: INestApplication = module.createNestApplication();
  app.useWebSocketAdapter(new StompWsAdapter(app));
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    app,
    log,
    /** With a subscription to its errors, unless it is nobody. */
    connect: async (user?: string, more: StompTestClientOptions = {}) => {
      const client = await StompTestClient.connect(app, {
        ...(user !== undefined && { user: { name: user } }),
        ...more,
      });
      if (user !== undefined) await client.subscribe('/user/queue/errors');
      return client;
    },
    stop: () => app.close(),
  };
}

export type StartedGateways = Awaited<ReturnType<typeof startGateways>>;
