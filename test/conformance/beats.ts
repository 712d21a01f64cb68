import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Conversation } from './conversation.js';

export interface BeatCase {
  readonly server: readonly [send: number, receive: number];
  readonly client: string;
  readonly every: number;
}

export interface MeasuredBeats {
  /** The longest silence before a beat, in milliseconds. */
  readonly longest: number;
  /** How late this process itself was at most: what the machine has kept from it, the server cannot make good. */
  readonly lag: number;
}

/** Connects with the heart-beats of the case and listens to so many beats. */
export async function measureBeats(
  talk: Conversation,
  { client: header }: BeatCase,
  count: number,
): Promise<MeasuredBeats> {
  const lag = measureLag();
  const client = await talk.connect('1.2', `heart-beat:${header}\n`);
  await client.beaten(count);
  const silences = client.messages.slice(1).map(({ at }, index) => at - client.messages[index]!.at);
  return { longest: Math.max(...silences), lag: lag() };
}

/** @returns how to learn how late this process has been at most since now, in milliseconds */
export function measureLag(): () => number {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return () => {
    delay.disable();
    return delay.max / 1e6;
  };
}
