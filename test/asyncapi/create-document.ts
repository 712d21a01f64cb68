import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AsyncApiModule, type AsyncApiDocument, type AsyncApiDocumentOptions } from '../../lib/asyncapi/index.js';
import { StompModule, type StompModuleOptions } from '../../lib/index.js';

/** The document of an application that is created and never started. */
export async function createDocument(
  { stomp, ...metadata }: ModuleMetadata & { stomp?: StompModuleOptions },
  options?: Partial<AsyncApiDocumentOptions>,
): Promise<AsyncApiDocument> {
  const imports = [StompModule.forRoot(stomp), ...(metadata.imports ?? [])];
  return documentOf({ module: class AppModule {}, ...metadata, imports }, options);
}

/** The same, for a module as it is. */
export async function documentOf(
  module: Parameters<typeof NestFactory.create>[0],
  options?: Partial<AsyncApiDocumentOptions>,
): Promise<AsyncApiDocument> {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  try {
    return AsyncApiModule.createDocument(app, { title: 'Test', version: '1.0.0', ...options });
  } finally {
    await app.close();
  }
}
