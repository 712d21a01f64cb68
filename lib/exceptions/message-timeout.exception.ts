import { MessageDeliveryException } from './messaging.exception.js';

/** Nobody has replied to a request in time. */
export class MessageTimeoutException extends MessageDeliveryException {}
