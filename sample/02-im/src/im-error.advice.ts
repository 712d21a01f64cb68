import { BadRequestException } from '@nestjs/common';
import {
  Message,
  MessageExceptionHandler,
  MessagingException,
  RateLimitExceededException,
  SendToUser,
  StompControllerAdvice,
} from 'nestjs-stomp';
import { ImError } from './model/error.js';

/** Tells the client what was refused, and whether to send it again: `/user/queue/im.errors`. */
@StompControllerAdvice()
@SendToUser('/queue/im.errors', { broadcast: false })
export class ImErrorAdvice {
  @MessageExceptionHandler(ImError)
  refused({ code, message, retryable, details }: ImError, request: Message) {
    return report({ code, message, retryable, ...details }, request);
  }

  @MessageExceptionHandler(RateLimitExceededException)
  tooFast({ message, details: { retryAfter } }: RateLimitExceededException, request: Message) {
    return report({ code: 'RATE_LIMITED', message, retryable: true, retry_after_ms: retryAfter }, request);
  }

  @MessageExceptionHandler(BadRequestException, MessagingException)
  invalid(error: BadRequestException | MessagingException, request: Message) {
    return report({ code: 'BAD_REQUEST', message: sentenceOf(error), retryable: false }, request);
  }
}

/** The library says which frame it was: `failed-receipt`, `correlation-id`. */
function report(error: object, { payload, headers }: Message) {
  const body = { ...error, client_msg_id: clientMessageIdOf(payload) };
  return Message.to('', body, { 'failed-destination': headers.destination ?? '' });
}

/** The sentences of all that the ValidationPipe found. */
function sentenceOf(error: Error): string {
  const response = error instanceof BadRequestException ? error.getResponse() : undefined;
  const found = typeof response === 'object' && 'message' in response ? response.message : undefined;
  return Array.isArray(found) ? found.join('; ') : error.message;
}

function clientMessageIdOf(payload: Uint8Array): string | undefined {
  try {
    const { client_msg_id: id } = JSON.parse(Buffer.from(payload).toString()) as { client_msg_id?: unknown };
    return typeof id === 'string' ? id.slice(0, 64) : undefined;
  } catch {
    return undefined;
  }
}
