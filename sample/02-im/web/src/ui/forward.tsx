import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ImMessage } from '../../../src/model/message.js';
import type { RoomSummary } from '../../../src/model/room.js';
import { rightsIn } from '../core/rights.js';
import { sorted } from '../core/rooms.js';
import { Avatar } from './avatar.js';
import { useAccount, useIm } from './client.js';
import { Dialog } from './dialog.js';
import { hasMouse } from './focus.js';
import { preview } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';

/** To one chat or several, of those that the user may write into. */
export function Forward({ message, onClose }: { message: ImMessage; onClose: () => void }): JSX.Element {
  const { messages } = useAccount();
  const rooms = useIm((state) => state.rooms);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);

  const wanted = query.trim().toLowerCase();
  const shown = sorted(rooms).filter((room) => rightsIn(room).write && room.title.toLowerCase().includes(wanted));
  const toggle = ({ room_id: id }: RoomSummary): void =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const forward = (): void => {
    for (const roomId of chosen) messages.forward(message, roomId);
    onClose();
  };

  return (
    <Dialog title={t('forwardTo')} onClose={onClose}>
      <div class="stack">
        <p class="muted ellipsis">{preview(message)}</p>
        <div class="picker">
          <input
            type="search"
            autofocus={hasMouse()}
            value={query}
            placeholder={t('findChat')}
            aria-label={t('findChat')}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <ul class="people">
            {shown.map((room) => (
              <li key={room.room_id}>
                <button
                  type="button"
                  class="room person one-line"
                  aria-pressed={chosen.includes(room.room_id)}
                  onClick={() => toggle(room)}
                >
                  <Avatar id={room.peer?.user_id ?? room.room_id} name={room.title} />
                  <span class="room-title ellipsis">{room.title}</span>
                  {chosen.includes(room.room_id) && <Icon name="check" />}
                </button>
              </li>
            ))}
          </ul>
          {shown.length === 0 && <p class="empty">{t('noResults')}</p>}
        </div>
        <button type="button" class="primary" disabled={chosen.length === 0} onClick={forward}>
          {t('forward')}
        </button>
      </div>
    </Dialog>
  );
}
