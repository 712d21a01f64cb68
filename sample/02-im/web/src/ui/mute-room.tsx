import type { JSX } from 'preact';
import type { RoomSummary } from '../../../src/model/room.js';
import { useAccount } from './client.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { MenuButton } from './menu-button.js';
import { duration, FOR_EVER, HOUR_MS, isMuted, untilLine } from './mute.js';
import { useNow } from './use-now.js';

const HOURS = [1, 8];

/** No notifications of this chat; its unread messages are counted quietly. */
export function MuteRoom(props: {
  room: RoomSummary;
  busy: boolean;
  run: (work: () => Promise<unknown>) => void;
}): JSX.Element {
  const { room, busy, run } = props;
  const { room_id: roomId, muted_until: until } = room;
  const { rooms } = useAccount();
  const now = useNow(until);
  const mute = (end: number): void => run(() => rooms.mute(roomId, end));
  if (isMuted(until, now)) {
    return (
      <button type="button" class="action" disabled={busy} onClick={() => mute(0)}>
        <Icon name="bell" /> {t('unmuteChat')}
        <small class="muted">{untilLine(until!, 'mutedUntil', 'muted')}</small>
      </button>
    );
  }
  const entries = [
    ...HOURS.map((hours) => ({
      icon: 'bell-off' as const,
      label: t('muteFor', duration(hours * HOUR_MS)),
      act: () => mute(Date.now() + hours * HOUR_MS),
    })),
    { icon: 'bell-off' as const, label: t('muteForEver'), act: () => mute(FOR_EVER) },
  ];
  return (
    <MenuButton label={t('muteChat')} class="action" disabled={busy} entries={entries}>
      <Icon name="bell-off" /> {t('muteChat')}
    </MenuButton>
  );
}
