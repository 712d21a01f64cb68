import {
  decode,
  encode,
  ExtData,
  ExtensionCodec,
  type DecoderOptions,
  type EncoderOptions,
  type ExtensionCodecType,
} from '@msgpack/msgpack';
import { MessageConversionException } from '../exceptions/messaging.exception.js';
import type { MessageConverter } from '../messaging/message-converter.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import { typeName, valueAs, type TargetType } from '../messaging/target-type.js';
import { aBoolean, anInstance, aNumber, optionsOf } from '../options/checks.js';
import type { HeaderList } from '../utils/header-list.js';
import { checkAnnouncedSizes } from './announced-sizes.js';

export interface MessagePackOptions {
  /** How deep arrays and maps may be nested, of messages and of what is sent. @default 100 */
  maxDepth?: number;
  /** Whether integers of 64 bits are read as bigint, and bigints written as such. If not, large ones lose digits. @default false */
  useBigInt64?: boolean;
  /** Reads and writes extension types. One that it does not know is refused. @default timestamps, which are Dates */
  extensionCodec?: ExtensionCodecType<undefined>;
}

const OPTIONS = optionsOf({
  maxDepth: aNumber(1, 1_000),
  useBigInt64: aBoolean,
  extensionCodec: anInstance('tryToEncode', 'decode'),
});

/**
 * MessagePack of the content types `application/msgpack`, `application/x-msgpack` and `application/vnd.msgpack`. A value is written so
 * if its message names one of them. Bytes are what they are: nobody wraps them, and a handler that wants bytes gets the payload.
 *
 * @example
 * StompModule.forRoot({ messageConverters: [new MessagePackMessageConverter()] })
 *
 * this.messagingTemplate.convertAndSend('/topic/price', { price: 42 }, { 'content-type': 'application/msgpack' });
 */
export class MessagePackMessageConverter implements MessageConverter {
  readonly #depth: number;
  readonly #options: DecoderOptions & EncoderOptions;

  /** @throws StompOptionException when an option cannot be */
  constructor(options: MessagePackOptions = {}) {
    OPTIONS(options, 'MessagePackMessageConverter');
    const { maxDepth = 100, useBigInt64 = false, extensionCodec = ExtensionCodec.defaultCodec } = options;
    this.#depth = maxDepth;
    this.#options = {
      // The encoder counts the innermost values too.
      maxDepth: maxDepth + 1,
      useBigInt64,
      extensionCodec: refusingUnknown(extensionCodec),
      ignoreUndefined: true,
    };
  }

  fromMessage({ payload, headers }: Message, target: TargetType): unknown {
    if (!isMessagePack(headers.contentType) || target === Uint8Array || target === Buffer) return undefined;
    const value = valueAs(this.#decode(payload), target);
    if (value !== undefined) return value;
    throw new MessageConversionException(`The payload is MessagePack, but not ${typeName(target)}.`);
  }

  toMessage(payload: unknown, nativeHeaders: HeaderList): Message | undefined {
    if (!isMessagePack(nativeHeaders.get('content-type')) || payload instanceof Uint8Array) return undefined;
    return new Message(this.#encode(payload), MessageHeaders.of({ command: 'SEND', nativeHeaders }));
  }

  #decode(payload: Uint8Array): unknown {
    try {
      checkAnnouncedSizes(payload, this.#depth);
      // Bytes within are views of what they are read from, and a handler may keep them.
      return decode(Uint8Array.from(payload), this.#options);
    } catch (cause) {
      throw new MessageConversionException('The payload is not valid MessagePack.', { cause });
    }
  }

  #encode(payload: unknown): Uint8Array {
    try {
      return encode(payload, this.#options);
    } catch (cause) {
      throw new MessageConversionException('The value to send cannot be written as MessagePack.', { cause });
    }
  }
}

const CONTENT_TYPE = /^\s*application\/(?:x-|vnd\.)?msgpack\s*(?:;|$)/i;

function isMessagePack(contentType: string | undefined): boolean {
  return contentType !== undefined && CONTENT_TYPE.test(contentType);
}

/** A handler expects no more than values: neither extensions that nobody has read, nor dates that are none. */
function refusingUnknown(codec: ExtensionCodecType<undefined>): ExtensionCodecType<undefined> {
  return {
    tryToEncode: (value, context) => codec.tryToEncode(value, context),
    decode: (data, type, context) => {
      const value = codec.decode(data, type, context);
      if (value instanceof ExtData) throw new RangeError(`The extension type ${type} is unknown.`);
      if (value instanceof Date && Number.isNaN(value.getTime())) throw new RangeError('A timestamp is out of range.');
      return value;
    },
  };
}
