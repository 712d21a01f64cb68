import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useClient, useIm } from './client.js';
import { t } from './i18n.js';
import { useTask } from './task.js';

export function Login(): JSX.Element {
  const client = useClient();
  const signedOut = useIm((state) => state.signedOut);
  const [isNew, setIsNew] = useState(false);
  const { busy, error, run } = useTask();

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const [userId, name, password] = ['user_id', 'name', 'password'].map((field) => fields.get(field) as string);
    run(() => (isNew ? client.register(userId.trim(), name.trim(), password) : client.login(userId.trim(), password)));
  };

  const notice = { expired: t('signedOutExpired'), revoked: t('signedOutRevoked'), asked: undefined };
  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <div class="logo" aria-hidden="true" />
        <h1>{isNew ? t('register') : t('login')}</h1>
        <p class="muted">{(signedOut && notice[signedOut]) ?? t('welcome')}</p>
        <label>
          {t('userId')}
          <input name="user_id" required maxLength={64} autocomplete="username" autocapitalize="none" autofocus />
        </label>
        {isNew && (
          <label>
            {t('name')}
            <input name="name" required maxLength={64} autocomplete="name" />
          </label>
        )}
        <label>
          {t('password')}
          <input name="password" type="password" required autocomplete={isNew ? 'new-password' : 'current-password'} />
        </label>
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <button class="primary" type="submit" disabled={busy}>
          {isNew ? t('register') : t('login')}
        </button>
        <button class="link" type="button" onClick={() => setIsNew(!isNew)}>
          {isNew ? t('haveAccount') : t('noAccount')}
        </button>
      </form>
    </main>
  );
}
