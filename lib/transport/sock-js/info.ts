import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answer, noCache } from './responses.js';

export interface InfoOptions {
  readonly webSocketEnabled: boolean;
  readonly sessionCookieNeeded: boolean;
}

/** `/info`: what a client looks at before it chooses a transport. The way there and back tells it how long time-outs must be. */
export function info(response: ServerResponse, { webSocketEnabled, sessionCookieNeeded }: InfoOptions): void {
  noCache(response);
  const body = {
    entropy: randomInt(2 ** 32),
    origins: ['*:*'],
    cookie_needed: sessionCookieNeeded,
    websocket: webSocketEnabled,
  };
  answer(response, 200, JSON.stringify(body), { 'Content-Type': 'application/json; charset=UTF-8' });
}
