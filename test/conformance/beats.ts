import type { Conversation } from './conversation.js';

export interface BeatCase {
  readonly server: readonly [send: number, receive: number];
  readonly client: string;
  readonly every: number;
}

/** Connects with the heart-beats of the case. @returns the silences before so many beats, in milliseconds */
export async function negotiated(talk: Conversation, { client: header }: BeatCase, count: number): Promise<number[]> {
  const client = await talk.connect('1.2', `heart-beat:${header}\n`);
  await client.beaten(count);
  return client.messages.slice(1).map(({ at }, index) => at - client.messages[index]!.at);
}
