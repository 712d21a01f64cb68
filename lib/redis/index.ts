export { RedisHistoryStore, type RedisHistoryOptions } from './redis-history.store.js';
