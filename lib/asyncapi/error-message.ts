import type { AsyncApiMessageObject } from './async-api-document.interface.js';

/** How a client that listens to the error destination learns that a frame of its own has failed; docs/errors.md tells more. */
export const ERROR_MESSAGE: AsyncApiMessageObject = {
  name: 'error',
  contentType: 'application/json',
  headers: {
    type: 'object',
    properties: {
      'error-code': { type: 'string' },
      'correlation-id': { type: 'string', description: 'That of the frame, if it had one.' },
      'failed-destination': { type: 'string' },
      'failed-receipt': { type: 'string', description: 'The receipt header of the frame, if it had one.' },
    },
  },
  payload: {
    type: 'object',
    properties: {
      code: { type: 'string' },
      message: { type: 'string' },
      details: {},
      receiptId: { type: 'string' },
    },
  },
};
