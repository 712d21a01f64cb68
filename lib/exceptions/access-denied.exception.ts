import { MessageDeliveryException } from './messaging.exception.js';

/** The client may not do this (Spring Security `AccessDeniedException`). */
export class AccessDeniedException extends MessageDeliveryException {
  override readonly name = 'AccessDeniedException';
}
