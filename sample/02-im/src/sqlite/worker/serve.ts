import { parentPort } from 'node:worker_threads';
import { toRefusal } from '../batch.js';
import type { Request, Response } from './protocol.js';

/** Answers the requests of the main thread. */
export function serve(answer: (request: unknown) => Promise<unknown>): void {
  const port = parentPort!;
  const reply = async ({ id, request }: Request): Promise<Response> => {
    try {
      return { id, result: await answer(request) };
    } catch (error) {
      return { id, refusal: toRefusal(error) };
    }
  };
  port.on('message', (request: Request) => {
    void reply(request).then((response) => port.postMessage(response));
  });
}
