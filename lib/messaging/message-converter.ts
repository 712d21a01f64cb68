import { Buffer } from 'node:buffer';
import { MessageConversionException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';
import { asBuffer } from '../utils/as-buffer.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { decodeText, encodeText } from './charset.js';
import { isJsonType, isTextType } from './content-type.js';
import { Message, MessageHeaders } from './message.js';
import { isAnything, isTextual, textAs, typeName, valueAs, type TargetType } from './target-type.js';

export type { TargetType };

/**
 * Says which content type a message has that is to be read; undefined if it has none (Spring `ContentTypeResolver`).
 * @throws MessageConversionException to refuse the message
 */
export type ContentTypeResolver = (headers: MessageHeaders) => string | undefined;

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

/** Text of `text/*`, or of no content type where a string is wanted. Strings are written with whatever content type the sender names. */
export class StringMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    const { contentType } = message.headers;
    const isOurs = contentType === undefined ? target === String : isTextType(contentType) && isTextual(target);
    if (!isOurs) return undefined;
    const value = textAs(decodeText(message.payload, contentType), target);
    if (value === undefined) throw new MessageConversionException(`The payload is not ${typeName(target)}.`);
    return value;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    const isScalar = typeof payload === 'number' || typeof payload === 'boolean';
    const isText = typeof payload === 'string' || (isScalar && isTextType(headers.get('content-type')));
    return isText ? textMessage(String(payload), headers, 'text/plain;charset=UTF-8') : undefined;
  }
}

/** Bytes as they are: `application/octet-stream`, or whatever is wanted as bytes. */
export class ByteArrayMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    if (target === Buffer) return Buffer.from(message.payload);
    if (target === Uint8Array) return message.payload;
    const { contentType } = message.headers;
    return isAnything(target) && OCTET_STREAM.test(contentType ?? '') ? message.payload : undefined;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    if (!(payload instanceof Uint8Array)) return undefined;
    return bytesMessage(asBuffer(payload), headers, 'application/octet-stream');
  }
}

/** JSON: `application/json`, anything that ends with `+json`, or no content type where no string is wanted. */
export class JsonMessageConverter implements MessageConverter {
  fromMessage(message: Message, target: TargetType): unknown {
    const { contentType } = message.headers;
    if (contentType !== undefined && !isJsonType(contentType)) return undefined;
    const text = decodeText(message.payload, contentType);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      // Without a content type nobody has promised JSON.
      if (contentType === undefined && isAnything(target)) return text;
      throw new MessageConversionException('The payload is not valid JSON.', { cause });
    }
    const value = valueAs(json, target);
    if (value === undefined) {
      throw new MessageConversionException(`The payload is JSON, but not ${typeName(target)}.`);
    }
    return value;
  }

  toMessage(payload: unknown, headers: HeaderList): Message | undefined {
    const contentType = headers.get('content-type');
    if (contentType !== undefined && !isJsonType(contentType)) return undefined;
    let json: string | undefined;
    try {
      json = JSON.stringify(payload);
    } catch (cause) {
      throw new MessageConversionException('The value to send cannot be written as JSON.', { cause });
    }
    if (json === undefined) throw new MessageConversionException(`A ${typeof payload} cannot be written as JSON.`);
    return textMessage(json, headers, 'application/json');
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
  constructor(
    readonly converters: readonly MessageConverter[] = DEFAULT_CONVERTERS,
    readonly contentTypeOf: ContentTypeResolver = (headers) => headers.contentType,
  ) {}

  /** @throws MessageConversionException */
  fromMessage(message: Message, target?: TargetType): unknown {
    const resolved = this.#withContentType(message);
    for (const converter of this.converters) {
      const value = converter.fromMessage(resolved, target);
      if (value !== undefined) return value;
    }
    const contentType = quote(resolved.headers.contentType ?? 'none');
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
    const contentType = quote(nativeHeaders.get('content-type') ?? 'none');
    throw new MessageConversionException(
      `Cannot convert a payload of type ${typeof payload} to content-type ${contentType}.`,
    );
  }

  /** The message as converters see it, who know nothing of the application's rules. */
  #withContentType(message: Message): Message {
    const contentType = this.contentTypeOf(message.headers);
    if (contentType === message.headers.contentType) return message;
    const nativeHeaders = message.headers.nativeHeaders.clone();
    nativeHeaders.delete('content-type');
    if (contentType !== undefined) nativeHeaders.append('content-type', contentType);
    return message.with({ nativeHeaders });
  }
}

const OCTET_STREAM = /^\s*application\/octet-stream\s*(?:;|$)/i;

function textMessage(text: string, nativeHeaders: HeaderList, contentType: string): Message {
  return bytesMessage(encodeText(text, nativeHeaders.get('content-type')), nativeHeaders, contentType);
}

function bytesMessage(payload: Buffer, nativeHeaders: HeaderList, contentType: string): Message {
  if (!nativeHeaders.has('content-type')) nativeHeaders.append('content-type', contentType);
  return new Message(payload, MessageHeaders.of({ command: 'SEND', nativeHeaders }));
}
