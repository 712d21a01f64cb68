import type { JSX } from 'preact';
import type { RoomSummary } from '../../../src/model/room.js';
import { useIm } from './client.js';
import { preview } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { go } from './route.js';

/** The newest pinned message; a click leads to it. */
export function PinnedBar({ room }: { room: RoomSummary }): JSX.Element {
  const seq = room.pins.at(-1)!;
  const message = useIm(({ timelines }) => timelines.get(room.room_id)?.messages.find((one) => one.seq === seq));
  return (
    <button type="button" class="pinned-bar" onClick={() => go({ roomId: room.room_id, seq })}>
      <Icon name="pin" label={t('pinned')} />
      <span class="ellipsis">{message?.message_content ? preview(message) : t('pinned')}</span>
      {room.pins.length > 1 && <span class="muted">{room.pins.length}</span>}
    </button>
  );
}
