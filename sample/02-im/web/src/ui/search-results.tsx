import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ImMessage, UserInfo } from '../../../src/model/message.js';
import type { SearchAnswer } from '../core/account.js';
import { sorted } from '../core/rooms.js';
import { Avatar } from './avatar.js';
import { useAccount, useClient, useIm } from './client.js';
import { moment, preview } from './format.js';
import { Highlighted } from './highlighted.js';
import { t } from './i18n.js';
import { RoomRow } from './room-row.js';
import { go } from './route.js';
import type { SearchScope } from './search-scope.js';

const DELAY_MS = 200;
const NARROW = '(max-width: 720px)';

/** Chats by their name, people, and messages by what they say. */
export function SearchResults(props: { query: string; scope?: SearchScope; onChosen: () => void }): JSX.Element {
  const { query, scope, onChosen } = props;
  const { session } = useClient();
  const account = useAccount();
  const rooms = useIm((state) => state.rooms);
  const me = useIm((state) => state.user)!.user_id;
  const [answer, setAnswer] = useState<SearchAnswer>();
  const [people, setPeople] = useState<readonly UserInfo[]>([]);

  useEffect(() => {
    let stale = false;
    const ask = async (): Promise<void> => {
      const [found, users] = await Promise.all([
        // Not answered, or asked too often: that is not "nothing found".
        account.search({ q: query, room_id: scope?.roomId }).catch(() => undefined),
        scope ? [] : session.users(query).catch(() => []),
      ]);
      if (stale) return;
      setAnswer(found);
      setPeople(users);
    };
    const timer = setTimeout(() => void ask(), DELAY_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [query, scope?.roomId]);

  const titled = scope ? [] : sorted(rooms).filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()));
  const strangers = people.filter(
    ({ user_id }) => user_id !== me && !titled.some(({ peer }) => peer?.user_id === user_id),
  );
  const nothing = answer?.messages.length === 0 && titled.length === 0 && strangers.length === 0;
  const openPerson = (person: UserInfo): void => {
    go({ roomId: account.openDirect(person) });
    onChosen();
  };
  return (
    <div class="results" data-testid="results">
      {titled.length > 0 && (
        <section>
          <h2>{t('chats')}</h2>
          <ul class="rooms">
            {titled.map((room) => (
              <RoomRow key={room.room_id} room={room} />
            ))}
          </ul>
        </section>
      )}
      {strangers.length > 0 && (
        <section>
          <h2>{t('people')}</h2>
          <ul class="rooms">
            {strangers.map((person) => (
              <li key={person.user_id}>
                <button type="button" class="room person" onClick={() => openPerson(person)}>
                  <Avatar id={person.user_id} name={person.name} />
                  <span class="room-title ellipsis">{person.name}</span>
                  <span class="room-line muted ellipsis">{person.user_id}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {answer && answer.messages.length > 0 && (
        <section>
          <h2>{t('messages')}</h2>
          <ul class="rooms">
            {answer.messages.map((message) => (
              <Hit key={message.message_id} message={message} query={query} onChosen={onChosen} />
            ))}
          </ul>
        </section>
      )}
      {nothing && <p class="empty">{t('noResults')}</p>}
    </div>
  );
}

function Hit(props: { message: ImMessage; query: string; onChosen: () => void }): JSX.Element {
  const { message, query, onChosen } = props;
  const room = useIm(({ rooms }) => rooms.get(message.room_id));
  const { from_user_info: from } = message;
  const choose = (): void => {
    go({ roomId: message.room_id, seq: message.seq });
    // Beside the chat, the other hits stay; on a phone they would be in front of it.
    if (matchMedia(NARROW).matches) onChosen();
  };
  return (
    <li>
      <button type="button" class="room hit" onClick={choose}>
        <Avatar id={from.user_id} name={from.name} />
        <span class="room-title ellipsis">
          {from.name}
          {room && room.kind !== 'dm' && <span class="muted"> · {room.title}</span>}
        </span>
        <span class="room-time muted">{moment(message.timestamp)}</span>
        <span class="room-line">
          <Highlighted text={preview(message)} query={query} />
        </span>
      </button>
    </li>
  );
}
