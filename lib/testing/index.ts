export * from './frame-inbox.js';
export * from './stomp-test-client.js';
