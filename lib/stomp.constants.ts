/** Metadata keys of the decorators. */
export const MAPPINGS_METADATA = 'stomp:mappings';
export const CLASS_PATTERNS_METADATA = 'stomp:class-patterns';
export const SEND_TO_METADATA = 'stomp:send-to';
export const SEND_TO_USER_METADATA = 'stomp:send-to-user';
export const EXCEPTION_TYPES_METADATA = 'stomp:exception-types';
export const EVENT_TYPES_METADATA = 'stomp:event-types';
export const CONTROLLER_ADVICE_METADATA = 'stomp:controller-advice';
export const ASYNC_API_MESSAGE_METADATA = 'stomp:async-api-message';
export const RATE_LIMIT_METADATA = 'stomp:rate-limit';

/** Injection tokens. */
export const STOMP_MODULE_OPTIONS = 'STOMP_MODULE_OPTIONS';
export const STOMP_FEATURE_OPTIONS = 'STOMP_FEATURE_OPTIONS';
export const CLIENT_INBOUND_CHANNEL = 'STOMP_CLIENT_INBOUND_CHANNEL';
export const CLIENT_OUTBOUND_CHANNEL = 'STOMP_CLIENT_OUTBOUND_CHANNEL';
export const BROKER_CHANNEL = 'STOMP_BROKER_CHANNEL';
