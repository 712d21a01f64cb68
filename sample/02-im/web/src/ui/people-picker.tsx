import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { UserInfo } from '../../../src/model/message.js';
import { Avatar } from './avatar.js';
import { useClient, useIm } from './client.js';
import { hasMouse } from './focus.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';

/** Finds people by name; a click takes one. */
export function PeoplePicker(props: {
  chosen: readonly UserInfo[];
  without?: readonly string[];
  onToggle: (person: UserInfo) => void;
}): JSX.Element {
  const { chosen, without = [], onToggle } = props;
  const { session } = useClient();
  const me = useIm((state) => state.user)!.user_id;
  const rooms = useIm((state) => state.rooms);
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<readonly UserInfo[]>([]);

  useEffect(() => {
    let stale = false;
    const wanted = query.trim();
    if (!wanted) return setFound([]);
    session.users(wanted).then(
      (users) => !stale && setFound(users),
      () => undefined,
    );
    return () => {
      stale = true;
    };
  }, [query]);

  const isChosen = (person: UserInfo) => chosen.some(({ user_id }) => user_id === person.user_id);
  const acquainted = [...rooms.values()].flatMap(({ peer }) => (peer ? [peer] : []));
  const people = (query.trim() ? found : acquainted).filter(
    ({ user_id }) => user_id !== me && !without.includes(user_id),
  );
  return (
    <div class="picker">
      {chosen.length > 0 && (
        <div class="chips">
          {chosen.map((person) => (
            <button key={person.user_id} type="button" class="chip" onClick={() => onToggle(person)}>
              {person.name} <Icon name="close" label={t('kick')} />
            </button>
          ))}
        </div>
      )}
      <input
        type="search"
        autofocus={hasMouse()}
        value={query}
        placeholder={t('people')}
        aria-label={t('people')}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <ul class="people">
        {people.map((person) => (
          <li key={person.user_id}>
            <button type="button" class="room person" aria-pressed={isChosen(person)} onClick={() => onToggle(person)}>
              <Avatar id={person.user_id} name={person.name} />
              <span class="room-title ellipsis">{person.name}</span>
              <span class="room-line muted ellipsis">{person.user_id}</span>
              {isChosen(person) && <Icon name="check" />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function toggled(people: readonly UserInfo[], person: UserInfo): readonly UserInfo[] {
  const others = people.filter(({ user_id }) => user_id !== person.user_id);
  return others.length === people.length ? [...people, person] : others;
}
