import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { UserInfo } from '../../../src/model/message.js';
import { useAccount } from './client.js';
import { Dialog } from './dialog.js';
import { t } from './i18n.js';
import { JoinChannel } from './join-channel.js';
import { PeoplePicker, toggled } from './people-picker.js';
import { go } from './route.js';
import { useTask } from './task.js';

const KINDS = [
  ['dm', 'message'],
  ['group', 'group'],
  ['channel', 'channel'],
  ['join', 'join'],
] as const;

type Kind = (typeof KINDS)[number][0];

export function NewChat({ onClose }: { onClose: () => void }): JSX.Element {
  const [kind, setKind] = useState<Kind>('dm');
  return (
    <Dialog title={t('newChat')} onClose={onClose}>
      <div class="stack">
        <div class="segments" role="radiogroup" aria-label={t('newChat')}>
          {KINDS.map(([value, phrase]) => (
            <label key={value} class="segment">
              <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value)} />
              <span>{t(phrase)}</span>
            </label>
          ))}
        </div>
        {kind === 'join' ? <JoinChannel onClose={onClose} /> : <NewRoom kind={kind} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

function NewRoom({ kind, onClose }: { kind: Exclude<Kind, 'join'>; onClose: () => void }): JSX.Element {
  const account = useAccount();
  const [title, setTitle] = useState('');
  const [people, setPeople] = useState<readonly UserInfo[]>([]);
  const { busy, error, run } = useTask();

  const choose = (person: UserInfo): void => {
    if (kind !== 'dm') return setPeople(toggled(people, person));
    go({ roomId: account.openDirect(person) });
    onClose();
  };
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    if (kind === 'dm') return;
    run(async () => {
      const memberIds = people.map(({ user_id }) => user_id);
      go({ roomId: await account.rooms.create(kind, title.trim(), memberIds) });
      onClose();
    });
  };

  return (
    <form class="stack" onSubmit={create}>
      {kind !== 'dm' && (
        <label>
          {t('title')}
          <input
            name="title"
            value={title}
            required
            maxLength={100}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
      )}
      {kind === 'channel' && <p class="muted">{t('channelHint')}</p>}
      <PeoplePicker chosen={kind === 'dm' ? [] : people} onToggle={choose} />
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {kind !== 'dm' && (
        <button type="submit" class="primary" disabled={busy}>
          {t('create')}
        </button>
      )}
    </form>
  );
}
