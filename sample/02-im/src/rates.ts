import type { HandlerRateLimitOptions } from 'nestjs-stomp';

/** `IM_MESSAGES_PER_SECOND`: what a user may write, on all devices together; three times as many at once. @default 10 */
const messagesPerSecond = Number(process.env.IM_MESSAGES_PER_SECOND || 10);

export const MESSAGE_RATE: HandlerRateLimitOptions = {
  by: 'user',
  perSecond: messagesPerSecond,
  burst: 3 * messagesPerSecond,
};
export const TYPING_RATE: HandlerRateLimitOptions = { by: 'user', perSecond: 1, burst: 3 };
export const SEARCH_RATE: HandlerRateLimitOptions = { by: 'user', perSecond: 5, burst: 10 };
