import type { HeaderData } from '../decorators/header.decorator.js';
import { MissingHeaderException } from '../exceptions/messaging.exception.js';
import type { MessageHeaders } from '../messaging/message.js';
import { convertText } from './argument-conversion.js';
import type { ArgumentResolver, ParameterDeclaration } from './argument-resolvers.js';

const NATIVE = 'nativeHeaders.';

/**
 * What the server knows of a message, by our names and by Spring's. A name of this table never stands for a header that the
 * client sent, not even when the server knows nothing: an anonymous client must not become somebody by a header `user`.
 */
const TOP_LEVEL_HEADERS = new Map<string, (headers: MessageHeaders) => unknown>([
  ['command', ({ command }) => command],
  ['simpMessageType', ({ command }) => command],
  ['destination', ({ destination }) => destination],
  ['simpDestination', ({ destination }) => destination],
  ['sessionId', ({ sessionId }) => sessionId],
  ['simpSessionId', ({ sessionId }) => sessionId],
  ['subscriptionId', ({ subscriptionId }) => subscriptionId],
  ['simpSubscriptionId', ({ subscriptionId }) => subscriptionId],
  ['user', ({ user }) => user],
  ['simpUser', ({ user }) => user],
  ['sessionAttributes', ({ sessionAttributes }) => sessionAttributes],
  ['simpSessionAttributes', ({ sessionAttributes }) => sessionAttributes],
  ['contentType', ({ contentType }) => contentType],
]);

export function headerResolver(
  { name, required, defaultValue }: HeaderData,
  { type, hasPipes }: ParameterDeclaration,
): ArgumentResolver {
  const topLevel = TOP_LEVEL_HEADERS.get(name);
  const nativeName = name.startsWith(NATIVE) ? name.slice(NATIVE.length) : name;
  const isRequired = required ?? defaultValue === undefined;
  const native = ({ nativeHeaders }: MessageHeaders): unknown => {
    if (type === Array) {
      const values = nativeHeaders.getAll(nativeName);
      return values.length > 0 ? values : undefined;
    }
    const value = nativeHeaders.get(nativeName);
    if (value === undefined || hasPipes) return value;
    return convertText(value, type, `The header "${nativeName}"`);
  };
  return {
    resolve: ({ message: { headers } }) => {
      const value = topLevel ? topLevel(headers) : native(headers);
      if (value !== undefined) return value;
      if (isRequired) throw new MissingHeaderException(nativeName);
      return defaultValue;
    },
    type: 'custom',
    name: nativeName,
    isOptional: !isRequired,
  };
}
