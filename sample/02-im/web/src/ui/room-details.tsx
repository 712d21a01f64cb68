import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RoomSummary } from '../../../src/model/room.js';
import { rightsIn } from '../core/rights.js';
import { isUnmade } from '../core/rooms.js';
import { Avatar } from './avatar.js';
import { ChannelLink } from './channel-link.js';
import { useAccount, useIm } from './client.js';
import { useFocus } from './focus.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';
import { Invite } from './invite.js';
import { MemberRow } from './member-row.js';
import { RoomActions } from './room-actions.js';
import { RoomTitle } from './room-title.js';
import { useTask } from './task.js';

const NOBODY: readonly never[] = [];

export function RoomDetails({ room, onClose }: { room: RoomSummary; onClose: () => void }): JSX.Element {
  const account = useAccount();
  const members = useIm((state) => state.members.get(room.room_id)) ?? NOBODY;
  const [inviting, setInviting] = useState(false);
  const { busy, error, run } = useTask();
  const aside = useFocus();
  const { leave: isShared, rule } = rightsIn(room);
  const mayInvite = isShared && (room.kind === 'group' || rule);

  const leave = (): void => {
    if (!confirm(t('leaveSure', room.title))) return;
    run(() => account.rooms.leave(room.room_id));
  };
  return (
    <aside ref={aside} class="details" aria-label={t('details')} tabIndex={-1}>
      <header>
        <h2 class="grow">{t('details')}</h2>
        <IconButton icon="close" label={t('close')} onClick={onClose} />
      </header>
      <div class="details-head">
        <Avatar id={room.peer?.user_id ?? room.room_id} name={room.title} userId={room.peer?.user_id} />
        {isShared && rule ? <RoomTitle key={room.title} room={room} /> : <strong>{room.title}</strong>}
      </div>
      {!isUnmade(room.room_id) && <RoomActions room={room} busy={busy} run={run} />}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {isShared && room.kind === 'channel' && (
        <section>
          <h3>{t('link')}</h3>
          <ChannelLink roomId={room.room_id} />
        </section>
      )}
      <section>
        <h3>
          <span class="grow">
            {t('members')} <span class="muted">{room.member_count}</span>
          </span>
          {mayInvite && (
            <IconButton icon="plus" label={t('addPeople')} onClick={() => setInviting(true)} disabled={busy} />
          )}
        </h3>
        <ul class="people">
          {members.map((member) => (
            <MemberRow key={member.user_id} member={member} room={room} run={run} />
          ))}
        </ul>
      </section>
      {isShared && (
        <button type="button" class="danger" disabled={busy} onClick={leave}>
          <Icon name="leave" /> {t('leave')}
        </button>
      )}
      {inviting && <Invite room={room} members={members} onClose={() => setInviting(false)} />}
    </aside>
  );
}
