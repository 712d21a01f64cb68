import type { StompException } from '../exceptions/stomp.exception.js';
import type { EncodedFrame } from '../frame/encoded-frame.js';
import { encode } from '../frame/stomp-encoder.js';
import { StompFrame } from '../frame/stomp-frame.js';
import { HeaderList } from '../utils/header-list.js';
import { isPromise } from '../utils/maybe-promise.js';
import type { ErrorReply, SessionContext } from './session-context.js';
import type { StompSession } from './stomp-session.js';

/**
 * The ERROR that a session ends with, as the application's `errorHandler` wants it; without its changes when it fails, or when what it
 * makes cannot be sent.
 *
 * @param frame what the client is told the `receipt-id` of
 */
export function errorFrame(
  session: StompSession,
  exception: StompException,
  frame: StompFrame | undefined,
  extraHeaders: readonly (readonly [string, string])[],
  { errorHandler, log }: SessionContext,
): EncodedFrame {
  const headers = HeaderList.from([
    ['message', `${exception.code}: ${exception.message}`],
    ['code', exception.code],
    ['receipt-id', frame?.headers.get('receipt')],
    ['content-type', 'text/plain;charset=UTF-8'],
    ...extraHeaders,
  ]);
  const reply: ErrorReply = { exception, session, headers: headers.clone(), body: exception.message };
  const failed = (error: unknown): void => log.error('errorHandler failed', error);
  try {
    const returned: unknown = errorHandler(reply);
    if (isPromise(returned)) returned.then(undefined, failed);
    return encodeError(HeaderList.from(reply.headers), String(reply.body as unknown), session);
  } catch (error) {
    failed(error);
    return encodeError(headers, exception.message, session);
  }
}

function encodeError(headers: HeaderList, body: string, { version }: StompSession): EncodedFrame {
  return encode(new StompFrame('ERROR', headers, Buffer.from(body)), version);
}
