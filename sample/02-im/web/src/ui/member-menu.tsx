import type { JSX } from 'preact';
import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';
import { useAccount } from './client.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import type { MenuEntry } from './menu.js';
import { MenuButton } from './menu-button.js';
import { DAY_MS, duration, FOR_EVER, HOUR_MS, isMuted } from './mute.js';

/** What those above may do with those below. */
export function MemberMenu(props: {
  member: RoomMember;
  room: RoomSummary;
  run: (work: () => Promise<unknown>) => void;
}): JSX.Element {
  const { room, run } = props;
  const { room_id: roomId } = room;
  const { user_id: userId, name, role, mute_until: muteUntil } = props.member;
  const { rooms } = useAccount();

  const setRole = (next: Role) => () => run(() => rooms.setRole(roomId, userId, next));
  const handOver = (): void => {
    if (confirm(t('makeOwnerSure', name))) setRole(Role.Owner)();
  };
  const silence = (label: string, until: () => number): MenuEntry => ({
    icon: 'silence',
    label,
    act: () => run(() => rooms.muteMember(roomId, userId, until())),
  });
  const isOwner = room.role === Role.Owner;
  const silences = isMuted(muteUntil)
    ? [silence(t('letWrite'), () => 0)]
    : [
        silence(t('silence', duration(HOUR_MS)), () => Date.now() + HOUR_MS),
        silence(t('silence', duration(DAY_MS)), () => Date.now() + DAY_MS),
        silence(t('silenceForEver'), () => FOR_EVER),
      ];
  const entries: readonly (MenuEntry | false)[] = [
    isOwner && role === Role.Member && { icon: 'star', label: t('makeAdmin'), act: setRole(Role.Admin) },
    isOwner && role === Role.Admin && { icon: 'star', label: t('removeAdmin'), act: setRole(Role.Member) },
    isOwner && { icon: 'star', label: t('makeOwner'), act: handOver },
    ...silences,
    { icon: 'close', label: t('kick'), isDanger: true, act: () => run(() => rooms.kick(roomId, userId)) },
  ];
  return (
    <MenuButton label={t('manage', name)} class="icon-button" entries={entries}>
      <Icon name="more" />
    </MenuButton>
  );
}
