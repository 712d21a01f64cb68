import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useClient } from './client.js';
import { t, type Phrase } from './i18n.js';
import { useTask } from './task.js';
import { useObservable } from './use-observable.js';

const HINTS: Readonly<Record<string, Phrase>> = {
  unavailable: 'notificationsUnavailable',
  denied: 'notificationsDenied',
};

/** For this device: to be told of messages while the page is closed. */
export function NotificationsSwitch(): JSX.Element {
  const { notifications } = useClient();
  const state = useObservable(notifications.state);
  const { busy, error, run } = useTask();
  const label = useId();
  const isOn = state === 'on';
  const toggle = (): void => run(() => (isOn ? notifications.disable() : notifications.enable()));
  return (
    <div class="notifications">
      <div class="grow">
        <div id={label}>{t('notifications')}</div>
        <div class="muted">{t(HINTS[state] ?? 'notificationsHint')}</div>
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
      </div>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={isOn}
        aria-labelledby={label}
        disabled={busy || state in HINTS}
        onClick={toggle}
      />
    </div>
  );
}
