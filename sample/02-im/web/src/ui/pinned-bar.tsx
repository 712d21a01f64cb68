import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RoomSummary } from '../../../src/model/room.js';
import { useIm } from './client.js';
import { senderName, summaryLine } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { go } from './route.js';
import { useMessage } from './use-message.js';

/** One of the pinned messages, the newest first; a click leads to it, and shows the one before it. */
export function PinnedBar({ room }: { room: RoomSummary }): JSX.Element {
  const me = useIm((state) => state.user)!.user_id;
  const [turn, setTurn] = useState(0);
  const { pins, room_id: roomId } = room;
  const place = turn % pins.length;
  const seq = pins.toReversed()[place];
  const message = useMessage(roomId, seq);
  const choose = (): void => {
    go({ roomId, seq });
    setTurn(place + 1);
  };
  return (
    <button type="button" class="pinned-bar" onClick={choose}>
      <Icon name="pin" label={t('pinned')} />
      <span class="ellipsis">
        {message ? (
          <>
            <strong>{senderName(message, me)}</strong> {summaryLine(message, me)}
          </>
        ) : (
          t('pinned')
        )}
      </span>
      {pins.length > 1 && (
        <span class="muted">
          {place + 1}/{pins.length}
        </span>
      )}
    </button>
  );
}
