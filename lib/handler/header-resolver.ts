import type { HeaderData } from '../decorators/header.decorator.js';
import { MissingHeaderException } from '../exceptions/messaging.exception.js';
import type { MessageHeaders } from '../messaging/message.js';
import { convertText } from './argument-conversion.js';
import type { ArgumentResolver, ParameterDeclaration } from './argument-resolvers.js';
import { replacePlaceholders } from './placeholders.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

const NATIVE = 'nativeHeaders.';

/**
 * What the server knows of a message, by our names and by Spring's. A name of this table never stands for a header that the
 * client sent, not even when the server knows nothing: an anonymous client must not become somebody by a header `user`.
 */
const TOP_LEVEL_HEADERS = new Map<string, (headers: MessageHeaders, context: StompExecutionContext) => unknown>([
  ['command', ({ command }) => command],
  ['stompCommand', ({ command }) => command],
  ['simpMessageType', ({ command }) => command],
  ['destination', ({ destination }) => destination],
  ['simpDestination', ({ destination }) => destination],
  ['lookupDestination', (_headers, { lookupDestination }) => lookupDestination],
  ['sessionId', ({ sessionId }) => sessionId],
  ['simpSessionId', ({ sessionId }) => sessionId],
  ['subscriptionId', ({ subscriptionId }) => subscriptionId],
  ['simpSubscriptionId', ({ subscriptionId }) => subscriptionId],
  ['user', ({ user }) => user],
  ['simpUser', ({ user }) => user],
  ['sessionAttributes', ({ sessionAttributes }) => sessionAttributes],
  ['simpSessionAttributes', ({ sessionAttributes }) => sessionAttributes],
  ['contentType', ({ contentType }) => contentType],
  ['nativeHeaders', ({ nativeHeaders }) => nativeHeaders],
]);

/** @throws Error when nothing is configured for a placeholder, or the default is not of the declared type */
export function headerResolver(data: HeaderData, declaration: ParameterDeclaration): ArgumentResolver {
  const { type, hasPipes, method, resolvePlaceholder } = declaration;
  const what = `The @Header("${data.name}") of ${method.toString()}`;
  const name = replacePlaceholders(data.name, resolvePlaceholder, what);
  const topLevel = TOP_LEVEL_HEADERS.get(name);
  const nativeName = name.startsWith(NATIVE) ? name.slice(NATIVE.length) : name;
  const isRequired = data.required ?? data.defaultValue === undefined;
  const defaultValue = defaultOf(data, declaration);
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
    resolve: (context) => {
      const { headers } = context.message;
      const value = topLevel ? topLevel(headers, context) : native(headers);
      if (value !== undefined) return value;
      if (isRequired) throw new MissingHeaderException(nativeName);
      return defaultValue;
    },
    type: 'custom',
    name: nativeName,
    isOptional: !isRequired,
    ...(!topLevel && { header: { name: nativeName, isRequired, defaultValue } }),
  };
}

/** A text stands for a header that the client has not sent, and is converted as such. */
function defaultOf(
  { name, defaultValue }: HeaderData,
  { type, hasPipes, method, resolvePlaceholder }: ParameterDeclaration,
): unknown {
  if (typeof defaultValue !== 'string') return defaultValue;
  const what = `The default of @Header("${name}") of ${method.toString()}`;
  const text = replacePlaceholders(defaultValue, resolvePlaceholder, what);
  return hasPipes ? text : convertText(text, type, what);
}
