import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { SessionLog } from './session/session-context.js';

const logger = new Logger('StompModule');

/** What the parts that know nothing of Nest have to say, through Nest's Logger. */
export const stompLog: SessionLog = {
  debug: (message) => logger.debug(message),
  warn: (message) => logger.warn(message),
  error: (message, error) => logger.error(message, error instanceof Error ? error.stack : inspect(error)),
};
