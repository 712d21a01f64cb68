import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RoomSummary } from '../../../src/model/room.js';
import { useAccount } from './client.js';
import { t } from './i18n.js';
import { useTask } from './task.js';

/** What admins may change. */
export function RoomTitle({ room }: { room: RoomSummary }): JSX.Element {
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
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
