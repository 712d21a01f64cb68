import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginRule } from '../origin-rule.js';
import { allowOrigin, answer, answerOptions, noCache } from './responses.js';

export interface InfoOptions {
  readonly webSocketEnabled: boolean;
  readonly sessionCookieNeeded: boolean;
}

/** `/info`: what a client looks at before it chooses a transport. The way there and back tells it how long time-outs must be. */
export function info(
  request: IncomingMessage,
  response: ServerResponse,
  rule: OriginRule,
  { webSocketEnabled, sessionCookieNeeded }: InfoOptions,
): void {
  allowOrigin(request, response, rule);
  if (request.method === 'OPTIONS') return answerOptions(response, 'OPTIONS, GET');
  noCache(response);
  const body = {
    entropy: randomInt(2 ** 32),
    origins: ['*:*'],
    cookie_needed: sessionCookieNeeded,
    websocket: webSocketEnabled,
  };
  answer(response, 200, JSON.stringify(body), { 'Content-Type': 'application/json; charset=UTF-8' });
}
