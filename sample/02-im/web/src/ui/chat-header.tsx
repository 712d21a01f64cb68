import type { JSX } from 'preact';
import { isUnmade } from '../core/rooms.js';
import { Avatar } from './avatar.js';
import { useIm } from './client.js';
import { moment } from './format.js';
import { t } from './i18n.js';
import { IconButton } from './icons.js';
import { go } from './route.js';
import { searchScope } from './search-scope.js';

export function ChatHeader(props: { roomId: string; detailsOpen: boolean; onDetails: () => void }): JSX.Element {
  const { roomId, detailsOpen, onDetails } = props;
  const room = useIm(({ rooms }) => rooms.get(roomId));
  const title = room?.title ?? '';
  const search = (): void => {
    searchScope.set({ roomId, title });
  };
  return (
    <header class="chat-header">
      <IconButton icon="back" label={t('back')} class="only-narrow" onClick={() => go({})} />
      <button type="button" class="chat-title" onClick={onDetails} aria-expanded={detailsOpen}>
        <Avatar id={room?.peer?.user_id ?? roomId} name={title} userId={room?.peer?.user_id} />
        <span class="grow">
          <strong class="ellipsis">{title}</strong>
          <small class="muted ellipsis">
            <Subtitle roomId={roomId} />
          </small>
        </span>
      </button>
      {!isUnmade(roomId) && <IconButton icon="search" label={t('searchHere')} onClick={search} />}
      {!isUnmade(roomId) && <IconButton icon="info" label={t('details')} pressed={detailsOpen} onClick={onDetails} />}
    </header>
  );
}

function Subtitle({ roomId }: { roomId: string }): JSX.Element {
  const room = useIm(({ rooms }) => rooms.get(roomId));
  const presence = useIm((state) => state.presence.get(room?.peer?.user_id ?? ''));
  if (room?.kind !== 'dm') return <>{t('membersCount', room?.member_count ?? 0)}</>;
  if (presence?.online) return <span class="is-online">{t('online')}</span>;
  const seen = presence?.last_seen_at;
  return <>{seen ? t('lastSeen', moment(new Date(seen).getTime())) : t('offline')}</>;
}
