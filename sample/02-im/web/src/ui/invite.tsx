import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { UserInfo } from '../../../src/model/message.js';
import type { RoomMember, RoomSummary } from '../../../src/model/room.js';
import { useAccount } from './client.js';
import { Dialog } from './dialog.js';
import { t } from './i18n.js';
import { PeoplePicker, toggled } from './people-picker.js';
import { useTask } from './task.js';

export function Invite(props: { room: RoomSummary; members: readonly RoomMember[]; onClose: () => void }): JSX.Element {
  const { room, members, onClose } = props;
  const account = useAccount();
  const [people, setPeople] = useState<readonly UserInfo[]>([]);
  const { busy, error, run } = useTask();
  const userIds = people.map(({ user_id }) => user_id);
  const invite = (): void =>
    run(async () => {
      await account.rooms.invite(room.room_id, userIds);
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
