export type * from './async-api-document.interface.js';
export * from './async-api-message.decorator.js';
export * from './async-api.module.js';
export type { AsyncApiServerOptions } from './servers.js';
