import type { JSX } from 'preact';
import { useAccount } from './client.js';
import { t } from './i18n.js';
import { go } from './route.js';
import { useTask } from './task.js';

/** Where the link of a room leads somebody who is not in it. */
export function NotAMember({ roomId }: { roomId: string }): JSX.Element {
  const { rooms } = useAccount();
  const { busy, error, run } = useTask();
  return (
    <main class="nothing-open not-a-member">
      <div class="logo" aria-hidden="true" />
      <h1>{t('notAMember')}</h1>
      <p>{t('notAMemberHint')}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <button type="button" class="primary" disabled={busy} onClick={() => run(() => rooms.join(roomId))}>
        {t('join')}
      </button>
      <button type="button" class="link" onClick={() => go({})}>
        {t('back')}
      </button>
    </main>
  );
}
