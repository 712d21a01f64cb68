import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { aString, aText, oneOf, optionsOf, recordOf } from '../options/checks.js';
import { StompHandlers } from '../stomp.handlers.js';
import { StompRuntime } from '../stomp.runtime.js';
import type { AsyncApiDocument, AsyncApiInfo } from './async-api-document.interface.js';
import { DocumentBuilder } from './document-builder.js';
import { serversOf, type AsyncApiServerOptions } from './servers.js';

export interface AsyncApiDocumentOptions extends AsyncApiInfo {
  /** The hosts that clients connect to, by names of your own. @default one without a name for each path of the endpoints */
  servers?: Record<string, AsyncApiServerOptions>;
}

const SERVER = optionsOf(
  { host: aString, protocol: oneOf('ws', 'wss'), pathname: aText, title: aText, description: aText },
  ['host'],
);

const OPTIONS = optionsOf({ title: aString, version: aString, description: aText, servers: recordOf(SERVER) }, [
  'title',
  'version',
]);

/**
 * Describes to clients what an application with `StompModule` takes and sends: an AsyncAPI 3.0.0 document of its mappings.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * const document = AsyncApiModule.createDocument(app, { title: 'Chat', version: '1.0.0' });
 * AsyncApiModule.setup('/asyncapi', app, document); // GET /asyncapi.json
 * await app.listen(3000);
 */
export class AsyncApiModule {
  /**
   * The document, from the moment when Nest has created the application; it need not listen, nor be initialised.
   * @throws StompOptionException when an option cannot be
   * @throws Error when the application has no StompModule, or a mapping is not possible
   */
  static createDocument(app: INestApplicationContext, options: AsyncApiDocumentOptions): AsyncApiDocument {
    OPTIONS(options, 'asyncapi');
    const { title, version, description, servers } = options;
    const { handlers, runtime } = partsOf(app);
    const document: AsyncApiDocument = {
      asyncapi: '3.0.0',
      info: { title, version, ...(description !== undefined && { description }) },
      servers: serversOf(runtime.options.endpoints, servers),
      ...new DocumentBuilder(runtime.options).build(handlers.mappings()),
    };
    // Whoever changes it changes nothing else.
    return JSON.parse(JSON.stringify(document)) as AsyncApiDocument;
  }

  /**
   * Serves the document as JSON at the path + `.json`. Before `app.listen()` or `app.init()`, as all routes that Nest does not know.
   * No guard runs before it: whoever reaches the application can read what it takes and sends.
   * @param document or what makes it, when it is asked for the first time
   * @throws Error when it is too late
   */
  static setup(path: string, app: INestApplication, document: AsyncApiDocument | (() => AsyncApiDocument)): void {
    if ((app as unknown as { isInitialized?: boolean }).isInitialized) {
      throw new Error(
        'AsyncApiModule.setup() must be called before app.init() and app.listen(): Nest answers 404 already.',
      );
    }
    const adapter = app.getHttpAdapter();
    let json = typeof document === 'function' ? undefined : JSON.stringify(document);
    adapter.get(`/${path.replace(/^\/+|\/+$/g, '')}.json`, (_request: unknown, response: unknown) => {
      json ??= JSON.stringify((document as () => AsyncApiDocument)());
      adapter.setHeader!(response, 'Content-Type', 'application/json');
      adapter.reply(response, json);
    });
  }
}

function partsOf(app: INestApplicationContext): { handlers: StompHandlers; runtime: StompRuntime } {
  for (const { providers } of app.get(ModulesContainer).values()) {
    const handlers = providers.get(StompHandlers)?.instance as StompHandlers | undefined;
    const runtime = providers.get(StompRuntime)?.instance as StompRuntime | undefined;
    if (handlers && runtime) return { handlers, runtime };
  }
  throw new Error(
    'AsyncApiModule.createDocument(app) needs an application that imports StompModule and is not created with `preview: true`.',
  );
}
