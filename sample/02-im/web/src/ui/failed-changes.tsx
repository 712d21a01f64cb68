import type { JSX } from 'preact';
import { useAccount, useIm } from './client.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';

/** Edits, recalls and reactions that the server has refused: they have no message of their own to show it. */
export function FailedChanges({ roomId }: { roomId: string }): JSX.Element {
  const account = useAccount();
  const outbox = useIm((state) => state.outbox);
  const failed = outbox.filter(
    ({ room_id, status, destination }) => room_id === roomId && status === 'failed' && destination !== '/app/im.send',
  );
  return (
    <>
      {failed.map(({ client_msg_id: id, error }) => (
        <div key={id} class="failed-change" role="alert">
          <Icon name="warning" />
          <span class="grow">{error ?? t('failed')}</span>
          <IconButton icon="close" label={t('discard')} onClick={() => account.messages.discard(id)} />
        </div>
      ))}
    </>
  );
}
