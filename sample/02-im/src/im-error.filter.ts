import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { ImError, type ImErrorCode } from './model/error.js';

const STATUS: Record<ImErrorCode, number> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  GONE: 410,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  BUSY: 503,
  STORAGE: 503,
};

/** Of HTTP requests. */
@Catch(ImError)
export class ImErrorFilter implements ExceptionFilter<ImError> {
  catch({ code, message, retryable, details }: ImError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    // The rest of an upload that is too large is not read.
    if (code === 'TOO_LARGE') response.set('Connection', 'close');
    response.status(STATUS[code]).json({ code, message, retryable, ...details });
  }
}
