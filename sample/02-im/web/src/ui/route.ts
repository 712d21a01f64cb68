import { useEffect, useState } from 'preact/hooks';

/** `#/<room>` or `#/<room>/<seq>`: the phone's back button leads back to the list. */
export interface Route {
  readonly roomId?: string;
  readonly seq?: number;
}

export function currentRoute(): Route {
  const [, room, seq] = location.hash.split('/');
  return room ? { roomId: decodeURIComponent(room), seq: seq ? Number(seq) : undefined } : {};
}

export function go({ roomId, seq }: Route, replace = false): void {
  const hash = roomId ? `#/${encodeURIComponent(roomId)}${seq ? `/${seq}` : ''}` : '#';
  if (location.hash === hash) {
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else if (replace) {
    history.replaceState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = hash;
  }
}

/** Another object for each visit, even of the same place. */
export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const follow = () => setRoute(currentRoute());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
