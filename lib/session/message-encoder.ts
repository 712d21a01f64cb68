import type { EncodedFrame } from '../frame/encoded-frame.js';
import { isSendersOwn } from '../frame/server-headers.js';
import { STOMP_ENCODER } from '../frame/stomp-encoder.js';
import type { StompVersion } from '../frame/stomp-version.js';
import type { Message } from '../messaging/message.js';
import type { Subscription } from '../messaging/subscription.js';
import { asBuffer } from '../utils/as-buffer.js';

/** Beyond so many different subscription ids a fan-out is encoded anew for each: remembering would cost more than it saves. */
const REMEMBERED_IDS = 64;

/** A frame and who can be sent it. */
interface MadeFrame {
  readonly id: string;
  readonly version: StompVersion;
  readonly frame: EncodedFrame;
}

/**
 * Makes the MESSAGE frame of a message for a subscription. A fan-out asks for the same message again and again: the frame is
 * made once for each subscription id and version, and clients of one program choose the same ids.
 */
export class MessageEncoder {
  #message: Message | undefined;
  #last: MadeFrame | undefined;
  /** Of the message, once there is more than one. */
  #made: Record<StompVersion, Map<string, MadeFrame>> | undefined;

  encode(message: Message, { id }: Subscription, version: StompVersion): EncodedFrame {
    if (message !== this.#message) {
      this.#message = message;
      this.#last = this.#made = undefined;
    }
    const last = this.#last;
    if (last !== undefined && last.id === id && last.version === version) return last.frame;
    this.#last = this.#made?.[version].get(id) ?? this.#make(message, id, version);
    return this.#last.frame;
  }

  #make(message: Message, id: string, version: StompVersion): MadeFrame {
    const made = { id, version, frame: encode(message, id, version) };
    if (this.#last) {
      this.#made ??= { '1.0': new Map(), '1.1': new Map(), '1.2': new Map() };
      for (const one of [this.#last, made]) {
        const frames = this.#made[one.version];
        if (frames.size < REMEMBERED_IDS) frames.set(one.id, one);
      }
    }
    return made;
  }
}

/** STOMP 1.2 “MESSAGE”: the server's own headers, what the broker says of this delivery, then the sender's. */
function encode({ payload, headers }: Message, subscriptionId: string, version: StompVersion): EncodedFrame {
  const native = headers.nativeHeaders;
  STOMP_ENCODER.begin('MESSAGE', version);
  STOMP_ENCODER.header('destination', headers.originalDestination ?? headers.destination ?? '');
  const contentType = native.get('content-type');
  if (contentType !== undefined) STOMP_ENCODER.header('content-type', contentType);
  STOMP_ENCODER.header('subscription', subscriptionId);
  STOMP_ENCODER.header('message-id', headers.messageId ?? '');
  headers.delivery?.forEach((name, value) => STOMP_ENCODER.header(name, value));
  native.forEach((name, value) => {
    if (isSendersOwn(name)) STOMP_ENCODER.header(name, value);
  });
  return STOMP_ENCODER.end(asBuffer(payload));
}
