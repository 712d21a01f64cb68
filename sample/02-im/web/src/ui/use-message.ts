import { useEffect, useState } from 'preact/hooks';
import type { ImMessage } from '../../../src/model/message.js';
import { useAccount, useIm } from './client.js';

/**
 * A message of a room: as it is in the list, or asked for.
 * Not for many at once: the server bounds how often a user asks.
 */
export function useMessage(roomId: string, seq: number): ImMessage | undefined {
  const { history } = useAccount();
  const shown = useIm(({ timelines }) => timelines.get(roomId)?.messages.find((message) => message.seq === seq));
  const [asked, setAsked] = useState<ImMessage>();
  const isMissing = shown === undefined;
  useEffect(() => {
    if (!isMissing) return undefined;
    let stale = false;
    history.one(roomId, seq).then(
      (message) => !stale && setAsked(message),
      () => undefined,
    );
    return () => {
      stale = true;
    };
  }, [roomId, seq, isMissing]);
  return shown ?? (asked?.seq === seq ? asked : undefined);
}
