import type { JSX } from 'preact';
import type { RoomSummary } from '../../../src/model/room.js';
import { Avatar } from './avatar.js';
import { useIm } from './client.js';
import { moment, senderName, summaryLine } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { isMuted } from './mute.js';
import { go } from './route.js';
import { useTypingLine } from './typing.js';
import { useNow } from './use-now.js';

export function RoomRow({ room }: { room: RoomSummary }): JSX.Element {
  const { room_id: roomId, title, peer, unread, mentioned, last_message: last, pinned } = room;
  const isOpen = useIm((state) => state.openRoom === roomId);
  const me = useIm((state) => state.user)!.user_id;
  const members = useIm((state) => state.members.get(roomId));
  const isUnsent = useIm(({ outbox }) => outbox.some((item) => item.room_id === roomId && item.status === 'failed'));
  const typing = useTypingLine(roomId);
  const isQuiet = isMuted(room.muted_until, useNow(room.muted_until));
  const who = last && room.kind !== 'dm' && last.message_type < 100 ? `${senderName(last, me)}: ` : '';
  const line = last ? who + summaryLine(last, me, members) : '';
  return (
    <li>
      <a
        class="room"
        href={`#/${encodeURIComponent(roomId)}`}
        aria-current={isOpen ? 'page' : undefined}
        data-room={title}
        onClick={(event) => {
          event.preventDefault();
          go({ roomId });
        }}
      >
        <Avatar id={peer?.user_id ?? roomId} name={title} userId={peer?.user_id} />
        <span class="room-title ellipsis">
          {room.kind === 'channel' && <span aria-hidden="true"># </span>}
          {title}
        </span>
        <span class="room-time muted">
          {isQuiet && <Icon name="bell-off" label={t('muted')} />}
          {pinned && <Icon name="pin" label={t('pinned')} />}
          {last && moment(last.timestamp)}
        </span>
        <span class={`room-line ellipsis ${typing ? 'typing' : 'muted'}`}>{typing ?? line}</span>
        <span class="room-badges">
          {isUnsent && <Icon name="warning" label={t('failed')} />}
          {mentioned && (
            <span class="badge mention" role="img" aria-label={t('mentionsYou')} title={t('mentionsYou')}>
              @
            </span>
          )}
          {unread > 0 && (
            <span class={`badge ${isQuiet ? 'quiet' : ''}`} role="img" aria-label={t('unread', unread)}>
              {unread > 999 ? '999+' : unread}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
