import type { HandlerRateLimitOptions } from 'nestjs-stomp';

/** `IM_MESSAGES_PER_SECOND`: what a user may write, on all devices together; three times as many at once. @default 10 */
const messagesPerSecond = Number(process.env.IM_MESSAGES_PER_SECOND || 10);

export const MESSAGE_RATE: HandlerRateLimitOptions = {
  by: 'user',
  perSecond: messagesPerSecond,
  burst: 3 * messagesPerSecond,
};
/** `IM_QUERIES_PER_SECOND`: how many pages of history, or single rooms, a user may ask for; three times as many at once. @default 20 */
const queriesPerSecond = Number(process.env.IM_QUERIES_PER_SECOND || 20);

export const QUERY_RATE: HandlerRateLimitOptions = {
  by: 'user',
  perSecond: queriesPerSecond,
  burst: 3 * queriesPerSecond,
};
/** Lists of rooms and syncs hold as much as many pages: a quarter of that. */
export const LIST_RATE: HandlerRateLimitOptions = {
  by: 'user',
  perSecond: queriesPerSecond / 4,
  burst: queriesPerSecond,
};
/** As many at once as a client asks for that has many rooms to show, one after another. */
export const PRESENCE_RATE: HandlerRateLimitOptions = { by: 'user', perSecond: 2, burst: 20 };
export const TYPING_RATE: HandlerRateLimitOptions = { by: 'user', perSecond: 1, burst: 3 };
export const SEARCH_RATE: HandlerRateLimitOptions = { by: 'user', perSecond: 5, burst: 10 };
