import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { sorted } from '../core/rooms.js';
import { Avatar } from './avatar.js';
import { useClient, useIm } from './client.js';
import { Devices } from './devices.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';
import { NewChat } from './new-chat.js';
import { RoomRow } from './room-row.js';
import { SearchResults } from './search-results.js';
import { searchScope } from './search-scope.js';
import { useObservable } from './use-observable.js';

export function Sidebar(): JSX.Element {
  const client = useClient();
  const user = useIm((state) => state.user)!;
  const [query, setQuery] = useState('');
  const [dialog, setDialog] = useState<'new' | 'devices'>();
  const scope = useObservable(searchScope);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (scope) field.current?.focus();
  }, [scope]);

  const endSearch = (): void => {
    setQuery('');
    searchScope.set(undefined);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') endSearch();
  };

  return (
    <nav class={`sidebar ${scope ? 'searching' : ''}`} aria-label={t('chats')}>
      <header>
        <Avatar id={user.user_id} name={user.name} />
        <strong class="grow ellipsis" data-testid="me">
          {user.name}
        </strong>
        <IconButton icon="device" label={t('devices')} onClick={() => setDialog('devices')} />
        <IconButton icon="leave" label={t('logout')} onClick={() => void client.logout()} />
        <IconButton icon="plus" label={t('newChat')} class="accent" onClick={() => setDialog('new')} />
      </header>
      <search class="search-field">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          value={query}
          placeholder={scope ? t('searchHere') : t('search')}
          aria-label={scope ? t('searchHere') : t('search')}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {scope && (
          <button type="button" class="chip" onClick={() => searchScope.set(undefined)}>
            {scope.title} <Icon name="close" label={t('allRooms')} />
          </button>
        )}
        {(query || scope) && <IconButton icon="close" label={t('close')} onClick={endSearch} />}
      </search>
      {query.trim() ? <SearchResults query={query.trim()} scope={scope} onChosen={endSearch} /> : <RoomList />}
      {dialog === 'new' && <NewChat onClose={() => setDialog(undefined)} />}
      {dialog === 'devices' && <Devices onClose={() => setDialog(undefined)} />}
    </nav>
  );
}

function RoomList(): JSX.Element {
  const rooms = useIm((state) => state.rooms);
  const loaded = useIm((state) => state.loaded);
  const lines = useMemo(() => sorted(rooms), [rooms]);
  if (lines.length === 0) return <p class="empty">{loaded ? t('noChats') : t('loading')}</p>;
  return (
    <ul class="rooms">
      {lines.map((room) => (
        <RoomRow key={room.room_id} room={room} />
      ))}
    </ul>
  );
}
