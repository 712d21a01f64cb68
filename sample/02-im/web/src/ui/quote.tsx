import type { JSX } from 'preact';
import { useIm } from './client.js';
import { senderName, summaryLine } from './format.js';
import { t } from './i18n.js';
import { go } from './route.js';

/** What a message answers; a click leads there. */
export function Quote({ roomId, seq }: { roomId: string; seq: number }): JSX.Element {
  const me = useIm((state) => state.user)!.user_id;
  const original = useIm(({ timelines }) => timelines.get(roomId)?.messages.find((message) => message.seq === seq));
  return (
    <button type="button" class="quote" onClick={() => go({ roomId, seq })}>
      {original ? (
        <>
          <strong class="ellipsis">{senderName(original, me)}</strong>
          <span class="ellipsis">{summaryLine(original, me)}</span>
        </>
      ) : (
        <span class="muted">{t('original')}</span>
      )}
    </button>
  );
}
