import { ServerResponse, type IncomingMessage } from 'node:http';
import type { HandshakeMiddleware } from '../interfaces/endpoint-options.interface.js';
import { isPromise } from '../utils/maybe-promise.js';
import { HandshakeRefusal } from './handshake-refusal.js';

/**
 * Runs Express middleware on a request that Express does not see, with a response that goes nowhere.
 * @throws HandshakeRefusal (as a rejection) when one of them answers the request in place of calling `next`
 */
export async function runMiddleware(
  middleware: readonly HandshakeMiddleware[],
  request: IncomingMessage,
): Promise<void> {
  const response = new ServerResponse(request);
  for (const run of middleware) {
    await new Promise<void>((resolve, reject) => {
      response.end = () => {
        reject(new HandshakeRefusal(response.statusCode < 400 ? 403 : response.statusCode));
        return response;
      };
      const returned = run(request, response, (error) => (error ? reject(error as Error) : resolve()));
      if (isPromise(returned)) returned.catch(reject);
    });
  }
}
