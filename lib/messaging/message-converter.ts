import { isUtf8 } from 'node:buffer';
import { MessageConversionException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { Message, MessageHeaders } from './message.js';

/** The class that a value is wanted as: the declared type of a handler's parameter. `Object` or undefined: anything. */
export type TargetType = (abstract new (...args: any[]) => unknown) | ((...args: any[]) => unknown) | undefined;

/** Turns payloads into values and back (Spring `MessageConverter`). */
export interface MessageConverter {
  /**
   * @returns undefined when the content type or the target is not this converter's
   * @throws MessageConversionException when it is, but the payload does not fit
   */
  fromMessage(message: Message, target: TargetType): unknown;
  /** @returns undefined when the payload is not this converter's */
  toMessage(payload: unknown, headers: HeaderList): Message | undefined;
}

/** Text of `text/*`, or of no content type where a string is wanted. */
export class StringMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    const { contentType } = message.headers;
    if (contentType === undefined ? target !== String : !isType(contentType, 'text/')) return undefined;
    const text = decodeText(message);
    if (target === Number || target === Boolean) return parseScalar(text, target);
    if (target === String || isAnything(target)) return text;
    return undefined;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    return typeof payload === 'string'
      ? bytesMessage(Buffer.from(payload), headers, 'text/plain;charset=UTF-8')
      : undefined;
  }
}

/** Bytes as they are: `application/octet-stream`, or whatever is wanted as bytes. */
export class ByteArrayMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    if (target === Buffer) return Buffer.from(message.payload);
    if (target === Uint8Array) return message.payload;
    const { contentType } = message.headers;
    return isAnything(target) && isType(contentType, 'application/octet-stream') ? message.payload : undefined;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    if (!(payload instanceof Uint8Array)) return undefined;
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return bytesMessage(bytes, headers, 'application/octet-stream');
  }
}

/** JSON: `application/json`, `application/*+json`, or no content type where no string is wanted. */
export class JsonMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    const { contentType } = message.headers;
    if (contentType !== undefined && !JSON_TYPE.test(contentType)) return undefined;
    const text = decodeText(message);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      // Without a content type nobody has promised JSON.
      if (contentType === undefined && isAnything(target)) return text;
      throw new MessageConversionException('The payload is not valid JSON.', { cause });
    }
    if (!fits(value, target)) {
      throw new MessageConversionException(`The payload is JSON, but not ${typeName(target)}.`);
    }
    return value;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    let json: string | undefined;
    try {
      json = JSON.stringify(payload);
    } catch (cause) {
      throw new MessageConversionException('The value to send cannot be written as JSON.', { cause });
    }
    if (json === undefined) throw new MessageConversionException(`A ${typeof payload} cannot be written as JSON.`);
    return bytesMessage(Buffer.from(json), headers, 'application/json');
  }
}

/** Spring's order. */
export const DEFAULT_CONVERTERS: readonly MessageConverter[] = [
  new StringMessageConverter(),
  new ByteArrayMessageConverter(),
  new JsonMessageConverter(),
];

/** Asks converters in turn; the first that knows the matter decides (Spring `CompositeMessageConverter`). */
export class CompositeMessageConverter {
  constructor(readonly converters: readonly MessageConverter[] = DEFAULT_CONVERTERS) {}

  /** @throws MessageConversionException */
  fromMessage(message: Message, target?: TargetType): unknown {
    for (const converter of this.converters) {
      const value = converter.fromMessage(message, target);
      if (value !== undefined) return value;
    }
    const contentType = quote(message.headers.contentType ?? 'none');
    throw new MessageConversionException(
      `Cannot convert a payload of content-type ${contentType} to ${typeName(target)}.`,
    );
  }

  /** @throws MessageConversionException */
  toMessage(payload: unknown, headers?: HeaderInit): Message {
    const nativeHeaders = HeaderList.from(headers);
    for (const converter of this.converters) {
      const message = converter.toMessage(payload, nativeHeaders);
      if (message !== undefined) return message;
    }
    throw new MessageConversionException(`No converter can write a ${typeof payload}.`);
  }
}

const JSON_TYPE = /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

function bytesMessage(payload: Buffer, nativeHeaders: HeaderList, contentType: string): Message {
  if (!nativeHeaders.has('content-type')) nativeHeaders.append('content-type', contentType);
  return new Message(payload, MessageHeaders.of({ command: 'SEND', nativeHeaders }));
}

function isType(contentType: string | undefined, prefix: string): boolean {
  return contentType?.trimStart().toLowerCase().startsWith(prefix) ?? false;
}

function isAnything(target: TargetType): boolean {
  return target === undefined || target === Object;
}

function decodeText({ payload }: Message): string {
  if (!isUtf8(payload)) throw new MessageConversionException('The payload is not valid UTF-8.');
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
}

function parseScalar(text: string, target: TargetType): unknown {
  const trimmed = text.trim();
  const value = target === Number ? (trimmed === '' ? NaN : Number(trimmed)) : BOOLEANS.get(trimmed);
  if (value === undefined || Number.isNaN(value)) {
    throw new MessageConversionException(`The payload is not ${typeName(target)}.`);
  }
  return value;
}

/** Whether a JSON value may stand where the declared type is wanted; what a DTO's fields hold is for validation to say. */
function fits(value: unknown, target: TargetType): boolean {
  if (value === null) return false;
  if (isAnything(target)) return true;
  if (target === String) return typeof value === 'string';
  if (target === Number) return typeof value === 'number';
  if (target === Boolean) return typeof value === 'boolean';
  if (target === Array) return Array.isArray(value);
  return typeof value === 'object';
}

function typeName(target: TargetType): string {
  return isAnything(target) ? 'a value' : `a ${target!.name}`;
}
