export * from './messaging.exception.js';
export * from './stomp.exception.js';
