import type { JSX } from 'preact';
import { useAccount, useIm } from './client.js';
import { t } from './i18n.js';

export function ConnectionBanner(): JSX.Element {
  const account = useAccount();
  const { status, again } = useIm(({ connection }) => connection);
  return (
    <div class="connection" role="status">
      {status !== 'online' && (
        <div class="banner">
          <span class="spinner" aria-hidden="true" />
          {again || status === 'waiting' ? t('reconnecting') : t('connecting')}
          {status === 'waiting' && (
            <button type="button" class="link" onClick={() => account.reconnectNow()}>
              {t('retryNow')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
