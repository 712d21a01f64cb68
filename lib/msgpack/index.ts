export * from './message-pack-message-converter.js';
