import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAccount, useIm } from './client.js';
import { t } from './i18n.js';
import { roomIdIn } from './room-link.js';
import { go } from './route.js';
import { useTask } from './task.js';

export function JoinChannel({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const rooms = useIm((state) => state.rooms);
  const [link, setLink] = useState('');
  const { busy, error, run } = useTask();
  const join = (event: SubmitEvent): void => {
    event.preventDefault();
    const roomId = roomIdIn(link);
    run(async () => {
      if (!rooms.has(roomId)) await account.rooms.join(roomId);
      go({ roomId });
      onClose();
    });
  };
  return (
    <form class="stack" onSubmit={join}>
      <label>
        {t('linkOfChannel')}
        <input value={link} required onInput={(event) => setLink(event.currentTarget.value)} />
      </label>
      <p class="muted">{t('joinHint')}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy || !link.trim()}>
        {t('join')}
      </button>
    </form>
  );
}
