/** Base of everything that can go wrong with a message once it has been understood as one (Spring `MessagingException`). */
export class MessagingException extends Error {
  override readonly name: string = 'MessagingException';
  /** More for programs; the client that is told of the exception gets it too. */
  readonly details?: unknown;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A payload could not be read as, or written from, the declared type. */
export class MessageConversionException extends MessagingException {
  override readonly name = 'MessageConversionException';
}

/** A handler's argument is missing or failed validation. */
export class MethodArgumentNotValidException extends MessagingException {
  override readonly name = 'MethodArgumentNotValidException';
}

/** A header that a handler requires is not there. */
export class MissingHeaderException extends MessagingException {
  override readonly name = 'MissingHeaderException';

  constructor(readonly headerName: string) {
    super(`The header ${JSON.stringify(headerName)} is required but the message does not have it.`);
  }
}

/** A handler failed. `cause` is what it threw. */
export class MessageHandlingException extends MessagingException {
  override readonly name = 'MessageHandlingException';
}

/** A message could not be handed on: refused by an interceptor, or the broker is not there. */
export class MessageDeliveryException extends MessagingException {
  override readonly name: string = 'MessageDeliveryException';
}

/** A work queue may hold no more (`overflow: 'reject'`). */
export class QueueFullException extends MessageDeliveryException {
  override readonly name = 'QueueFullException';
}

/**
 * The broker behind a relay, or the bus to the other servers, cannot be reached, or has not confirmed that it has taken a message: it may have
 * taken it all the same.
 */
export class BrokerUnavailableException extends MessageDeliveryException {
  override readonly name: string = 'BrokerUnavailableException';
}

/** The broker behind a relay has been reached and has refused: the credentials, a destination, a message. */
export class BrokerRefusedException extends BrokerUnavailableException {
  override readonly name = 'BrokerRefusedException';
}
