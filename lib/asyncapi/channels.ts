import type { AsyncApiChannel, AsyncApiMessageObject, AsyncApiReference } from './async-api-document.interface.js';
import { put } from './put.js';

/** A channel without messages. */
export type EmptyChannel = Omit<AsyncApiChannel, 'messages'>;

/** One message in its channel, as an operation or a reply names it. */
export interface Place {
  readonly channel: AsyncApiReference;
  readonly messages: AsyncApiReference[];
}

/** The channels, one for each address, and the messages that they refer to. */
export class Channels {
  readonly channels: Record<string, AsyncApiChannel> = {};
  readonly messages: Record<string, AsyncApiMessageObject> = {};
  readonly #names = new Map<string | null, string>();

  /** @param channel what it is if nothing is in it yet */
  place(channel: EmptyChannel, name: string, message: AsyncApiMessageObject): Place {
    const channelName = this.#nameOf(channel);
    const messageName = put(this.messages, name, message);
    this.channels[channelName]!.messages[messageName] = { $ref: `#/components/messages/${messageName}` };
    return {
      channel: { $ref: `#/channels/${channelName}` },
      messages: [{ $ref: `#/channels/${channelName}/messages/${messageName}` }],
    };
  }

  #nameOf(channel: EmptyChannel): string {
    const known = this.#names.get(channel.address);
    if (known !== undefined) return known;
    const name = put(this.channels, channel.address ?? 'reply-to', { ...channel, messages: {} });
    this.#names.set(channel.address, name);
    return name;
  }
}
