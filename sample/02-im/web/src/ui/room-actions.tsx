import type { JSX } from 'preact';
import type { RoomSummary } from '../../../src/model/room.js';
import { useAccount } from './client.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { MuteRoom } from './mute-room.js';

/** What each does with a room for themselves. */
export function RoomActions(props: {
  room: RoomSummary;
  busy: boolean;
  run: (work: () => Promise<unknown>) => void;
}): JSX.Element {
  const { room, busy, run } = props;
  const { rooms } = useAccount();
  const { room_id: roomId, pinned } = room;
  return (
    <div class="actions">
      <button type="button" class="action" disabled={busy} onClick={() => run(() => rooms.pin(roomId, pinned))}>
        <Icon name="pin" /> {pinned ? t('unpinChat') : t('pinChat')}
      </button>
      <MuteRoom room={room} busy={busy} run={run} />
    </div>
  );
}
