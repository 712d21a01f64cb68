import {
  destinationVariableFactory,
  type DestinationVariableData,
} from '../decorators/destination-variable.decorator.js';
import { headerFactory } from '../decorators/header.decorator.js';
import { headersFactory } from '../decorators/headers.decorator.js';
import { property } from '../decorators/param-factory.js';
import { payloadFactory, type PayloadData } from '../decorators/payload.decorator.js';
import { Principal, principalFactory } from '../decorators/principal.decorator.js';
import { sessionAttributesFactory, type SessionAttributesData } from '../decorators/session-attributes.decorator.js';
import { MessageHandlingException, MethodArgumentNotValidException } from '../exceptions/messaging.exception.js';
import type { CompositeMessageConverter, TargetType } from '../messaging/message-converter.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import { SimpMessageHeaderAccessor } from '../messaging/simp-message-header-accessor.js';
import { StompSession } from '../session/stomp-session.js';
import { HeaderList } from '../utils/header-list.js';
import { convertText } from './argument-conversion.js';
import type { VariableName } from './destination-variables.js';
import { isEmptyPayload } from './empty-payload.js';
import type { HandlerMethod } from './handler-method.js';
import { headerResolver } from './header-resolver.js';
import { RouteParamtypes } from './nest-internals.js';
import type { ResolvePlaceholder } from './placeholders.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** Takes one argument from a message. */
export type Resolve = (context: StompExecutionContext) => unknown;

/** What Nest tells a pipe of the argument; `ValidationPipe` minds `body`, `query` and `param` only. */
export type ArgumentType = 'body' | 'query' | 'param' | 'custom';

/** How an argument comes about. */
export interface ArgumentResolver {
  readonly resolve: Resolve;
  readonly type: ArgumentType;
  /** For pipes: the name that the decorator was given. */
  readonly name?: string | undefined;
  /** If it is undefined there is nothing to validate. */
  readonly isOptional?: boolean;
  /** What pipes take for the declared type, where it is another. */
  readonly metatype?: unknown;
  /** Only where the argument is a header that clients send. */
  readonly header?: DeclaredHeader;
}

/** A header as a parameter declares it. */
export interface DeclaredHeader {
  readonly name: string;
  readonly isRequired: boolean;
  readonly defaultValue?: unknown;
}

/** What is known of a parameter at start-up. */
export interface ParameterDeclaration {
  /** The declared type; undefined where the compiler left none. */
  readonly type: unknown;
  readonly hasPipes: boolean;
  readonly variableName: VariableName;
  readonly converter: CompositeMessageConverter;
  readonly resolvePlaceholder: ResolvePlaceholder | undefined;
  /** For errors. */
  readonly method: HandlerMethod;
}

type MakeResolver<Data> = (data: Data, declaration: ParameterDeclaration) => ArgumentResolver;

const TYPES_WITHOUT_DECORATOR = new Map<unknown, Resolve>([
  [Message, ({ message }) => message],
  [MessageHeaders, ({ message }) => message.headers],
  [HeaderList, ({ message }) => message.headers.nativeHeaders],
  [SimpMessageHeaderAccessor, ({ message }) => SimpMessageHeaderAccessor.wrap(message)],
  [StompSession, ({ session }) => session],
  [Principal, ({ user }) => user],
]);

/** For a parameter that its type alone explains; no pipe has a say in it. */
export function resolverOfType(type: unknown): ArgumentResolver | undefined {
  const resolve = TYPES_WITHOUT_DECORATOR.get(isPrincipalClass(type) ? Principal : type);
  return resolve && { resolve, type: 'custom' };
}

/** An application's own class of users. */
function isPrincipalClass(type: unknown): boolean {
  return typeof type === 'function' && type.prototype instanceof Principal;
}

const OWN_DECORATORS = new Map<unknown, MakeResolver<never>>([
  [payloadFactory, payloadResolver],
  [destinationVariableFactory, destinationVariableResolver],
  [headerFactory, headerResolver],
  [headersFactory, headersResolver],
  [principalFactory, () => ({ resolve: ({ user }) => user, type: 'custom' })],
  [sessionAttributesFactory, sessionAttributesResolver],
]);

/** Whether only our own handlers can give a parameter with this decorator its value. `Principal` others can too. */
export function needsOwnHandler(factory: unknown): boolean {
  return factory !== principalFactory && OWN_DECORATORS.has(factory);
}

/** For a parameter with one of our decorators, or one made by `createParamDecorator`. */
export function resolverOfFactory(
  factory: (data: unknown, context: StompExecutionContext) => unknown,
  data: unknown,
  declaration: ParameterDeclaration,
): ArgumentResolver {
  const make = OWN_DECORATORS.get(factory) as MakeResolver<unknown> | undefined;
  return make?.(data, declaration) ?? { resolve: (context) => factory(data, context), type: 'custom' };
}

/** For a parameter with one of Nest's decorators: `@MessageBody()`, `@ConnectedSocket()`, `@Param()` … */
export function resolverOfNestDecorator(
  paramtype: number,
  data: unknown,
  declaration: ParameterDeclaration,
): ArgumentResolver {
  const name = typeof data === 'string' ? data : undefined;
  const custom = (resolve: Resolve): ArgumentResolver => ({ resolve, type: 'custom', name });
  switch (paramtype) {
    case RouteParamtypes.REQUEST: // of a gateway: @ConnectedSocket()
      return custom(({ session }) => session);
    case RouteParamtypes.BODY: // and @MessageBody()
      return payloadResolver({ property: name, required: false }, declaration);
    case RouteParamtypes.PARAM:
      return { resolve: ({ variables }) => property(variables, name), type: 'param', name };
    case RouteParamtypes.QUERY:
      return { resolve: ({ session }) => property(session?.query, name), type: 'query', name };
    case RouteParamtypes.HEADERS:
      return name === undefined
        ? headersResolver(undefined, declaration)
        : {
            ...custom(({ message }) => message.headers.nativeHeaders.get(name)),
            header: { name, isRequired: false },
          };
    case RouteParamtypes.SESSION:
      return custom(({ message, session }) => message.headers.sessionAttributes ?? session?.attributes);
    case RouteParamtypes.IP:
      return custom(({ session }) => session?.ip);
    case RouteParamtypes.RAW_BODY:
      return custom(({ message }) => message.payload);
    default:
      return custom(() => undefined);
  }
}

/** Also for every parameter that nothing else explains. */
export function payloadResolver(
  data: PayloadData | undefined,
  { type, hasPipes, converter }: ParameterDeclaration,
): ArgumentResolver {
  const wanted = data?.type ?? type;
  if (wanted === Message) return { resolve: ({ message }) => message, type: 'custom' };
  const isRequired = data?.required ?? true;
  const name = data?.property;
  // A pipe of the parameter's own makes the declared type; what goes into it need not be of that type.
  const target = name !== undefined || (hasPipes && !isForConverter(wanted)) ? undefined : (wanted as TargetType);
  const isAnything = target === undefined || target === Object;
  const payload: Resolve = (context) => {
    if (isEmptyPayload(context.message, converter) && !isBytes(wanted, context.message)) {
      if (isRequired) throw new MethodArgumentNotValidException('The payload must not be empty.');
      return undefined;
    }
    const value = isAnything ? context.payload : converter.fromMessage(context.message, target);
    return property(value, name);
  };
  if (type !== Message) return { resolve: payload, type: 'body', name, isOptional: !isRequired, metatype: wanted };
  return { resolve: (context) => new Message(payload(context), context.message.headers), type: 'custom' };
}

/** Blanks are bytes like others, where bytes are wanted. */
function isBytes(type: unknown, { payload }: Message): boolean {
  return payload.length > 0 && (type === Uint8Array || type === Buffer);
}

/** What no pipe makes; and text, of which no pipe could tell whether it had looked like JSON. */
function isForConverter(type: unknown): boolean {
  return [String, Array, Map, Uint8Array, Buffer].includes(type as never);
}

function destinationVariableResolver(
  data: DestinationVariableData,
  { type, hasPipes, variableName }: ParameterDeclaration,
): ArgumentResolver {
  const name = variableName(data.name);
  const resolve: Resolve = ({ variables, pattern }) => {
    const value = variables[name];
    if (value === undefined) {
      throw new MessageHandlingException(`The destination ${JSON.stringify(pattern)} has no variable "${name}".`);
    }
    return hasPipes ? value : convertText(value, type, `The destination variable "${name}"`);
  };
  return { resolve, type: 'param', name };
}

function headersResolver(_data: undefined, { type }: ParameterDeclaration): ArgumentResolver {
  const resolve: Resolve = ({ message: { headers } }) => {
    if (type === MessageHeaders) return headers;
    if (type === HeaderList) return headers.nativeHeaders;
    const entries = headers.nativeHeaders.keys().map((name) => [name, headers.nativeHeaders.get(name)] as const);
    return type === Map ? new Map(entries) : Object.fromEntries(entries);
  };
  return { resolve, type: 'custom' };
}

function sessionAttributesResolver({ name }: SessionAttributesData): ArgumentResolver {
  const resolve: Resolve = ({ message, session }) => {
    const attributes = message.headers.sessionAttributes ?? session?.attributes;
    return name === undefined ? attributes : attributes?.get(name);
  };
  return { resolve, type: 'custom', name };
}
