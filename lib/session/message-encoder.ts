import { isSendersOwn } from '../frame/server-headers.js';
import { encode, type EncodedFrame } from '../frame/stomp-encoder.js';
import { StompFrame } from '../frame/stomp-frame.js';
import { STOMP_VERSIONS, type StompVersion } from '../frame/stomp-version.js';
import type { Message } from '../messaging/message.js';
import type { Subscription } from '../messaging/subscription.js';
import { HeaderList } from '../utils/header-list.js';

/** Beyond so many different subscription ids a fan-out is encoded anew for each: remembering would cost more than it saves. */
const REMEMBERED_IDS = 64;

/**
 * Makes the MESSAGE frame of a message for a subscription. A fan-out asks for the same message again and again: the frame is
 * made once for each subscription id and version, and clients of one program choose the same ids.
 */
export class MessageEncoder {
  #message: Message | undefined;
  readonly #frames = { '1.0': new Map(), '1.1': new Map(), '1.2': new Map() } as Record<
    StompVersion,
    Map<string, EncodedFrame>
  >;

  encode(message: Message, subscription: Subscription, version: StompVersion): EncodedFrame {
    if (message !== this.#message) {
      this.#message = message;
      for (const known of STOMP_VERSIONS) this.#frames[known].clear();
    }
    const frames = this.#frames[version];
    const remembered = frames.get(subscription.id);
    if (remembered !== undefined) return remembered;
    const frame = encode(messageFrame(message, subscription.id), version);
    if (frames.size < REMEMBERED_IDS) frames.set(subscription.id, frame);
    return frame;
  }
}

function messageFrame({ payload, headers }: Message, subscriptionId: string): StompFrame {
  const native = headers.nativeHeaders;
  const list = new HeaderList();
  list.append('destination', headers.originalDestination ?? headers.destination ?? '');
  const contentType = native.get('content-type');
  if (contentType !== undefined) list.append('content-type', contentType);
  list.append('subscription', subscriptionId);
  list.append('message-id', headers.messageId ?? '');
  headers.delivery?.forEach((name, value) => list.append(name, value));
  native.forEach((name, value) => {
    if (isSendersOwn(name)) list.append(name, value);
  });
  return new StompFrame('MESSAGE', list, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
}
