import type { Type } from '@nestjs/common';
import type { MappedCommand } from '../decorators/mapping-metadata.js';
import type { HandlerMethod, HandlerParameter } from '../handler/handler-method.js';
import type { ReplyPlan } from '../handler/reply-plan.js';
import { ASYNC_API_MESSAGE_METADATA } from '../stomp.constants.js';
import type { AsyncApiMessageObject, JsonSchema } from './async-api-document.interface.js';
import type { AsyncApiMessageOptions, AsyncApiPayload } from './async-api-message.decorator.js';
import type { ComponentSchemas } from './component-schemas.js';

type Content = Pick<AsyncApiMessageObject, 'name' | 'contentType' | 'payload'>;

/** A client gets a reply at a place of its own if it asks for that. */
const REPLY_HEADERS: JsonSchema = {
  'reply-to': { type: 'string', description: 'A user destination of the client that gets the reply too.' },
  'correlation-id': { type: 'string', description: 'Comes back with the reply to reply-to, and with an error.' },
};

/** Describes the messages that methods get and send. */
export class MessageObjects {
  constructor(private readonly schemas: ComponentSchemas) {}

  /** What a client sends. SUBSCRIBE frames have headers only. */
  received(method: HandlerMethod, command: MappedCommand, isAnswered: boolean): AsyncApiMessageObject {
    const headers = this.#headers(method, command === 'SEND' && isAnswered ? REPLY_HEADERS : {});
    const withHeaders = headers && { headers };
    if (command === 'SUBSCRIBE') return { name: 'SUBSCRIBE', ...withHeaders };
    const options = parameterOptionsOf(method);
    const index = method.parameters.findIndex(isWholePayload);
    const { payload, ...texts } = options[index] ?? {};
    return {
      ...texts,
      ...(index < 0
        ? this.#fields(method, options)
        : this.#content(payload, method.parameters[index]!.metadata.metatype)),
      ...withHeaders,
      ...(command === 'SEND' && isAnswered && { correlationId: { location: '$message.header#/correlation-id' } }),
    };
  }

  /** What a method replies. */
  sent(method: HandlerMethod): AsyncApiMessageObject {
    const { payload, ...texts } = replyOptionsOf(method) ?? {};
    return { ...texts, ...this.#content(payload, returnTypeOf(method)) };
  }

  #content(given: AsyncApiPayload | undefined, declared: unknown): Content {
    if (given === null) return {};
    if (isList(given)) return json({ type: 'array', items: this.schemas.of(given[0]) });
    if (typeof given === 'object') return given.type === 'string' ? text(given) : json(given);
    const type = given ?? declared;
    const schema = this.schemas.of(type);
    if (type === String) return text(schema);
    if (type === Uint8Array || type === Buffer) return { contentType: 'application/octet-stream', payload: schema };
    return Object.keys(schema).length > 0 ? json(schema) : {};
  }

  /** A method may take parts of the payload only. */
  #fields(method: HandlerMethod, options: readonly (AsyncApiMessageOptions | undefined)[]): Content {
    const fields = method.parameters.flatMap(({ metadata }, index) =>
      metadata.type === 'body' ? [[metadata.data!, options[index]?.payload, metadata.metatype] as const] : [],
    );
    if (fields.length === 0) return {};
    const properties = fields.map(([name, given, type]) => [name, this.#content(given, type).payload ?? {}]);
    return json({ type: 'object', properties: Object.fromEntries(properties) as JsonSchema });
  }

  #headers({ parameters }: HandlerMethod, more: JsonSchema): JsonSchema | undefined {
    const declared = parameters.flatMap((parameter) => (parameter.header ? [parameter] : []));
    const properties = { ...more, ...Object.fromEntries(declared.map((one) => [one.header!.name, this.#header(one)])) };
    const required = declared.filter(({ header }) => header!.isRequired).map(({ header }) => header!.name);
    if (Object.keys(properties).length === 0) return undefined;
    return { type: 'object', properties, ...(required.length > 0 && { required: [...new Set(required)] }) };
  }

  /** What a pipe makes of a header is not what the client sends. */
  #header({ header, metadata: { metatype }, pipes }: HandlerParameter): JsonSchema {
    const { defaultValue } = header!;
    const hasDefault = ['string', 'number', 'boolean'].includes(typeof defaultValue);
    return { ...this.#headerType(pipes.length > 0 ? String : metatype), ...(hasDefault && { default: defaultValue }) };
  }

  #headerType(type: unknown): JsonSchema {
    if (type === Array) return { type: 'array', items: { type: 'string' } };
    return this.schemas.of(type === Number || type === Boolean ? type : String);
  }
}

/**
 * Whether what a method returns goes anywhere, as far as can be known: at run time `void` looks like no declared type at all, and a
 * `Promise<void>` like every other. Then it counts whether the programmer has said where a reply would go.
 */
export function hasReply(method: HandlerMethod, { isDirect, toUser, to }: ReplyPlan): boolean {
  const payload = replyOptionsOf(method)?.payload;
  if (payload !== undefined) return payload !== null;
  if (isDirect || toUser || (to && to.targets.length > 0)) return true;
  return ![undefined, Promise].includes(returnTypeOf(method) as undefined);
}

function replyOptionsOf({ callback }: HandlerMethod): AsyncApiMessageOptions | undefined {
  return Reflect.getMetadata(ASYNC_API_MESSAGE_METADATA, callback) as AsyncApiMessageOptions | undefined;
}

/** By the position of the parameter. */
function parameterOptionsOf({ classRef, name }: HandlerMethod): readonly (AsyncApiMessageOptions | undefined)[] {
  const options: unknown = Reflect.getMetadata(ASYNC_API_MESSAGE_METADATA, classRef.prototype as object, name);
  return (options ?? []) as AsyncApiMessageOptions[];
}

function returnTypeOf({ classRef, name }: HandlerMethod): unknown {
  return Reflect.getMetadata('design:returntype', classRef.prototype as object, name);
}

function isWholePayload({ metadata: { type, data } }: HandlerParameter): boolean {
  return type === 'body' && data === undefined;
}

function isList(given: AsyncApiPayload | undefined): given is readonly [Type<unknown>] {
  return Array.isArray(given);
}

function text(payload: JsonSchema): Content {
  return { contentType: 'text/plain', payload };
}

function json(payload: JsonSchema): Content {
  const { $ref } = payload;
  return {
    ...(typeof $ref === 'string' && { name: $ref.slice($ref.lastIndexOf('/') + 1) }),
    contentType: 'application/json',
    payload,
  };
}
