import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { UserInfo } from '../../../src/model/message.js';
import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';
import { Avatar } from './avatar.js';
import { useAccount, useIm } from './client.js';
import { Dialog } from './dialog.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';
import { PeoplePicker, toggled } from './people-picker.js';
import { go } from './route.js';
import { useTask } from './task.js';

export function RoomDetails({ room, onClose }: { room: RoomSummary; onClose: () => void }): JSX.Element {
  const account = useAccount();
  const members = useIm((state) => state.members.get(room.room_id)) ?? [];
  const [inviting, setInviting] = useState(false);
  const { busy, error, run } = useTask();
  const isAdmin = room.role >= Role.Admin;
  const isShared = room.kind !== 'dm';

  const leave = (): void => {
    if (!confirm(t('leaveSure', room.title))) return;
    run(() => account.rooms.leave(room.room_id));
  };
  return (
    <aside class="details" aria-label={t('details')}>
      <header>
        <h2 class="grow">{t('details')}</h2>
        <IconButton icon="close" label={t('close')} onClick={onClose} />
      </header>
      <div class="details-head">
        <Avatar id={room.peer?.user_id ?? room.room_id} name={room.title} userId={room.peer?.user_id} />
        {isShared && isAdmin ? <Title key={room.title} room={room} /> : <strong>{room.title}</strong>}
      </div>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <section>
        <h3>
          <span class="grow">
            {t('members')} <span class="muted">{room.member_count}</span>
          </span>
          {isShared && isAdmin && (
            <IconButton icon="plus" label={t('addPeople')} onClick={() => setInviting(true)} disabled={busy} />
          )}
        </h3>
        <ul class="people">
          {members.map((member) => (
            <Member key={member.user_id} member={member} room={room} run={run} />
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

function Title({ room }: { room: RoomSummary }): JSX.Element {
  const account = useAccount();
  const [title, setTitle] = useState(room.title);
  const { busy, error, run } = useTask();
  const rename = (event: SubmitEvent): void => {
    event.preventDefault();
    run(() => account.rooms.rename(room.room_id, title.trim()));
  };
  return (
    <form class="rename" onSubmit={rename}>
      <input
        value={title}
        aria-label={t('title')}
        required
        maxLength={100}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
      {title.trim() !== room.title && (
        <button type="submit" class="primary" disabled={busy}>
          {t('rename')}
        </button>
      )}
      {error && <p class="error">{error}</p>}
    </form>
  );
}

const ROLES = { [Role.Member]: undefined, [Role.Admin]: 'admin', [Role.Owner]: 'owner' } as const;

function Member(props: {
  member: RoomMember;
  room: RoomSummary;
  run: (work: () => Promise<unknown>) => void;
}): JSX.Element {
  const { member, room, run } = props;
  const account = useAccount();
  const me = useIm((state) => state.user)!.user_id;
  const isMe = member.user_id === me;
  const mayRule = room.kind !== 'dm' && !isMe && room.role > member.role;
  const role = ROLES[member.role];
  const { room_id: roomId } = room;
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
        <span class="room-line muted ellipsis">{role ? t(role) : member.user_id}</span>
      </button>
      {mayRule && room.role === Role.Owner && (
        <button
          type="button"
          class="link"
          onClick={() =>
            run(() =>
              account.rooms.setRole(roomId, member.user_id, member.role === Role.Admin ? Role.Member : Role.Admin),
            )
          }
        >
          {member.role === Role.Admin ? t('removeAdmin') : t('makeAdmin')}
        </button>
      )}
      {mayRule && (
        <IconButton icon="close" label={t('kick')} onClick={() => run(() => account.rooms.kick(roomId, member.user_id))} />
      )}
    </li>
  );
}

function Invite(props: { room: RoomSummary; members: readonly RoomMember[]; onClose: () => void }): JSX.Element {
  const { room, members, onClose } = props;
  const account = useAccount();
  const [people, setPeople] = useState<readonly UserInfo[]>([]);
  const { busy, error, run } = useTask();
  const invite = (): void =>
    run(async () => {
      await account.rooms.invite(
        room.room_id,
        people.map(({ user_id }) => user_id),
      );
      onClose();
    });
  return (
    <Dialog title={t('addPeople')} onClose={onClose}>
      <div class="stack">
        <PeoplePicker
          chosen={people}
          without={members.map(({ user_id }) => user_id)}
          onToggle={(person) => setPeople(toggled(people, person))}
        />
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <button type="button" class="primary" disabled={busy || people.length === 0} onClick={invite}>
          {t('invite')}
        </button>
      </div>
    </Dialog>
  );
}
