export * from './access-denied.exception.js';
export * from './messaging.exception.js';
export * from './rate-limit-exceeded.exception.js';
export * from './stomp.exception.js';
export * from './stomp-option.exception.js';
