import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Device } from '../core/session.js';
import { useClient } from './client.js';
import { Dialog } from './dialog.js';
import { moment } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { NotificationsSwitch } from './notifications-switch.js';
import { useTask } from './task.js';

export function Devices({ onClose }: { onClose: () => void }): JSX.Element {
  const { session } = useClient();
  const [devices, setDevices] = useState<readonly Device[]>();
  const { busy, error, run } = useTask();
  const load = async (): Promise<void> => setDevices(await session.devices());
  useEffect(() => run(load), []);

  const revoke = (device: Device): void =>
    run(async () => {
      await session.revoke(device.device_id);
      await load();
    });

  return (
    <Dialog title={t('devices')} onClose={onClose}>
      <NotificationsSwitch />
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {!devices && !error && <p class="empty">{t('loading')}</p>}
      <ul class="devices">
        {devices?.map((device) => {
          const isThis = device.device_id === session.deviceId;
          return (
            <li key={device.device_id}>
              <Icon name="device" />
              <div class="grow">
                <div>{device.name || device.device_id}</div>
                <div class="muted">
                  {isThis && t('thisDevice')}
                  {!isThis && device.last_seen_at !== null && t('lastSeen', moment(device.last_seen_at))}
                </div>
              </div>
              {!isThis && (
                <button type="button" class="danger" disabled={busy} onClick={() => revoke(device)}>
                  {t('revoke')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
