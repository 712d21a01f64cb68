import { Logger, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { StompModule, type StompModuleOptions } from '../../../lib/index.js';
import { RawStompClient, type RawClientOptions } from '../../utils/raw-stomp-client.js';

export interface ServerMetadata extends ModuleMetadata {
  stomp?: StompModuleOptions;
  /** Before the application is initialised: `app.use` and the like. */
  configure?: (app: INestApplication) => void;
}

/** An application as a user writes it, which listens, and clients over real sockets. */
export async function startServer({ stomp, configure, ...metadata }: ServerMetadata) {
  Logger.overrideLogger(false);
  const imports = [StompModule.forRoot(stomp), ...(metadata.imports ?? [])];
  const module = await Test.createTestingModule({ ...metadata, imports }).compile();
  const app: INestApplication = module.createNestApplication({ logger: false });
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const open = (path = '/ws', options?: RawClientOptions) => RawStompClient.open(url + path, options);
  return {
    app,
    url,
    open,
    /** @param headers of CONNECT: whole lines, each with its line feed */
    connect: async (path?: string, headers = '', options?: RawClientOptions) => {
      const client = await open(path, options);
      await client.connect('1.2', headers);
      return client;
    },
    stop: () => app.close(),
  };
}

export type StartedServer = Awaited<ReturnType<typeof startServer>>;
