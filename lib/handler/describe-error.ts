import { HttpException, HttpStatus } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { AccessDeniedException } from '../exceptions/access-denied.exception.js';
import {
  MessageDeliveryException,
  MessageHandlingException,
  MessagingException,
} from '../exceptions/messaging.exception.js';
import type { ErrorDescription } from '../session/session-context.js';
import { FORBIDDEN } from './can-activate.js';

/** What a client may know of an error: what Nest's own exceptions say, and of all others only that there was one. */
export function describeError(error: unknown): ErrorDescription {
  return describe(error, MOST_CAUSES);
}

/** Causes may run in a circle. */
const MOST_CAUSES = 16;

function describe(error: unknown, causesLeft: number): ErrorDescription {
  if (isWrapper(error) && error.cause !== undefined && causesLeft > 0) {
    const cause = describe(error.cause, causesLeft - 1);
    return cause.isUnexpected && error instanceof MessageDeliveryException ? { ...cause, ...REFUSED } : cause;
  }
  if (error instanceof HttpException) return describeHttp(error);
  if (error instanceof WsException) return describeWs(error);
  if (error instanceof MessagingException) {
    const code = screamingSnake(error.name.replace(/Exception$/, ''));
    const { message, details } = error;
    return { code, message, details, isDenied: error instanceof AccessDeniedException, isUnexpected: false };
  }
  return { code: 'INTERNAL_ERROR', message: 'Internal server error', isUnexpected: true };
}

const REFUSED = { code: 'REFUSED', message: 'The message was refused.' };

function isWrapper(error: unknown): error is MessagingException {
  return error instanceof MessageDeliveryException || error instanceof MessageHandlingException;
}

function describeHttp(error: HttpException): ErrorDescription {
  const status = error.getStatus();
  const response = error.getResponse();
  return {
    code: HttpStatus[status] ?? String(status),
    message: error.message,
    details: typeof response === 'object' ? response : undefined,
    isDenied: status === 401 || status === 403,
    isUnexpected: status >= 500,
  };
}

function describeWs(error: WsException): ErrorDescription {
  const reason = error.getError();
  if (typeof reason === 'string') {
    return { code: 'WS_EXCEPTION', message: reason, isDenied: reason === FORBIDDEN, isUnexpected: false };
  }
  const { code, message } = (reason ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'WS_EXCEPTION',
    message: typeof message === 'string' ? message : 'The message was not accepted.',
    details: reason,
    isUnexpected: false,
  };
}

function screamingSnake(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
