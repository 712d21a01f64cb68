import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Chat } from './chat.js';
import { useAccount, useClient, useIm } from './client.js';
import { ConnectionBanner } from './connection-banner.js';
import { t } from './i18n.js';
import { Login } from './login.js';
import { isMuted } from './mute.js';
import { NotAMember } from './not-a-member.js';
import { currentRoute, go, useRoute } from './route.js';
import { Sidebar } from './sidebar.js';

export function App(): JSX.Element {
  const userId = useIm(({ user }) => user?.user_id);
  return userId ? <Messenger key={userId} /> : <Login />;
}

/** Two columns; on a phone one of them, by whether a room is open. */
function Messenger(): JSX.Element {
  const route = useRoute();
  const { state } = useClient();
  const account = useAccount();
  const openRoom = useIm((state) => state.openRoom);
  const isOutside = useIm(({ outside, openRoom, rooms }) => outside === openRoom && !rooms.has(openRoom ?? ''));
  const unread = useIm(({ rooms }) =>
    [...rooms.values()].reduce((sum, room) => sum + (isMuted(room.muted_until) ? 0 : room.unread), 0),
  );

  useEffect(() => account.openRoom(route.roomId), [route.roomId]);
  useEffect(() => {
    const { roomId } = currentRoute();
    if (state.get().openRoom !== roomId) go({ roomId: state.get().openRoom }, true);
  }, [openRoom]);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) IM` : 'IM';
  }, [unread]);

  return (
    <div class={`messenger ${openRoom ? 'has-room' : ''}`}>
      <ConnectionBanner />
      <Sidebar />
      {openRoom && isOutside && <NotAMember roomId={openRoom} />}
      {openRoom && !isOutside && <Chat key={openRoom} roomId={openRoom} route={route} />}
      {!openRoom && (
        <main class="nothing-open">
          <div class="logo" aria-hidden="true" />
          <p>{t('chooseChat')}</p>
        </main>
      )}
    </div>
  );
}
