import type { JSX } from 'preact';
import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';
import { isAbove } from '../core/rights.js';
import { Avatar } from './avatar.js';
import { useAccount, useIm } from './client.js';
import { t } from './i18n.js';
import { MemberMenu } from './member-menu.js';
import { isMuted, untilLine } from './mute.js';
import { go } from './route.js';
import { useNow } from './use-now.js';

const ROLES = { [Role.Member]: undefined, [Role.Admin]: 'admin', [Role.Owner]: 'owner' } as const;

export function MemberRow(props: {
  member: RoomMember;
  room: RoomSummary;
  run: (work: () => Promise<unknown>) => void;
}): JSX.Element {
  const { member, room, run } = props;
  const account = useAccount();
  const me = useIm((state) => state.user)!.user_id;
  const now = useNow(member.mute_until);
  const isMe = member.user_id === me;
  const role = ROLES[member.role];
  const lines = [
    role ? t(role) : member.user_id,
    isMuted(member.mute_until, now) && untilLine(member.mute_until!, 'silencedUntil', 'silent'),
  ];
  return (
    <li class="member">
      <button
        type="button"
        class="room person"
        disabled={isMe}
        onClick={() => go({ roomId: account.openDirect({ user_id: member.user_id, name: member.name }) })}
      >
        <Avatar id={member.user_id} name={member.name} userId={member.user_id} />
        <span class="room-title ellipsis">{isMe ? `${member.name} (${t('you')})` : member.name}</span>
        <span class="room-line muted ellipsis">{lines.filter(Boolean).join(' · ')}</span>
      </button>
      {!isMe && isAbove(room, member) && <MemberMenu member={member} room={room} run={run} />}
    </li>
  );
}
