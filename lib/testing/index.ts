export type { StompCommand } from '../frame/stomp-command.js';
export type { StompFrame } from '../frame/stomp-frame.js';
export * from './body-of.js';
export * from './failed-frame.error.js';
export * from './frame-inbox.js';
export * from './recording-logger.js';
export { showFrame } from './show-frame.js';
export * from './stomp-matchers.js';
export * from './stomp-test-client.js';
