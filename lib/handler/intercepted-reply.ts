import { from, isObservable, map } from 'rxjs';
import { Message } from '../messaging/message.js';
import { asBuffer } from '../utils/as-buffer.js';
import type { Stream } from './reply-stream.js';

/**
 * What a handler returns, as Nest's interceptors know return values. Of a `Message` they get the payload, as of a response they would get
 * the body; its headers are put around what they make of it.
 */
export class InterceptedReply {
  #message: Message<unknown> | undefined;

  /** For the interceptors. */
  unwrap(value: unknown): unknown {
    if (!(value instanceof Message)) return keptBytes(value);
    this.#message = value;
    return keptBytes(value.payload);
  }

  /** The same for the items of a stream, which stay what they are: nobody can tell what becomes of which. */
  unwrapStream(stream: Stream): Stream {
    return (isObservable(stream) ? stream : from(stream)).pipe(map(keptBytes));
  }

  /** What the interceptors have made of it. */
  wrap(value: unknown): unknown {
    if (!this.#message || value instanceof Message || value === undefined || value === null) return value;
    return new Message(value, this.#message.headers);
  }
}

/** As a Buffer, bytes stay bytes where `ClassSerializerInterceptor` makes plain objects of objects. */
function keptBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? asBuffer(value) : value;
}
