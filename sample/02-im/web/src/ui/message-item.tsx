import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { MessageType } from '../../../src/model/message.js';
import type { RoomMember, RoomSummary } from '../../../src/model/room.js';
import type { Rights } from '../core/rights.js';
import { Avatar, toneOf } from './avatar.js';
import type { Intent } from './chat.js';
import { useAccount, useIm } from './client.js';
import { senderName, time } from './format.js';
import { Forward } from './forward.js';
import { t } from './i18n.js';
import { MessageContent } from './message-content.js';
import { MessageMenu } from './message-menu.js';
import { MessageStatus } from './message-status.js';
import { Icon, IconButton } from './icons.js';
import { Quote } from './quote.js';
import { Reactions } from './reactions.js';
import type { MessageRow } from './rows.js';

export function MessageItem(props: {
  row: MessageRow;
  flashed: boolean;
  members: readonly RoomMember[] | undefined;
  room: RoomSummary | undefined;
  rights: Rights;
  onIntent: (intent: Intent) => void;
}): JSX.Element {
  const { row, flashed, members, room, rights, onIntent } = props;
  const { message, isOwn, startsGroup, endsGroup, unsent } = row;
  const me = useIm((state) => state.user)!.user_id;
  const account = useAccount();
  const [menu, setMenu] = useState(false);
  const [forwarding, setForwarding] = useState(false);
  const item = useRef<HTMLLIElement>(null);
  const isRecalled = message.flags.includes('recalled') || !message.message_content;
  const isGroup = room?.kind !== 'dm';
  const { from_user_info: from } = message;

  const classes = [
    'message',
    isOwn ? 'own' : 'other',
    startsGroup && 'starts',
    endsGroup && 'ends',
    flashed && 'flashed',
    isGroup && 'in-group',
    message.message_type === MessageType.Image && !isRecalled && 'picture',
  ];
  const openMenu = (event: Event): void => {
    event.preventDefault();
    setMenu(true);
  };
  const close = (): void => setMenu(false);
  /** A finger has no second button, and nothing to hover with. */
  const onTap = (event: MouseEvent): void => {
    const isFinger = (event as PointerEvent).pointerType === 'touch';
    if (isFinger && !unsent && !(event.target as Element).closest('a, button, audio, video')) openMenu(event);
  };
  const react = (emoji: string): void => {
    account.messages.react(message, emoji, message.reactions?.[emoji]?.includes(me) ?? false);
    close();
  };

  return (
    <li ref={item} class={classes.filter(Boolean).join(' ')} data-seq={unsent ? undefined : message.seq}>
      {!isOwn && isGroup && (
        <span class="message-avatar">{endsGroup && <Avatar id={from.user_id} name={from.name} />}</span>
      )}
      <div class="message-body">
        <div class="bubble" onContextMenu={unsent ? undefined : openMenu} onClick={onTap}>
          {!isOwn && isGroup && startsGroup && (
            <span class={`sender tone-text-${toneOf(from.user_id)}`}>{senderName(message, me)}</span>
          )}
          {message.message_content?.forwarded === true && (
            <span class="forwarded muted">
              <Icon name="forward" /> {t('forwarded')}
            </span>
          )}
          {message.reply_to !== undefined && !isRecalled && <Quote roomId={message.room_id} seq={message.reply_to} />}
          {isRecalled ? (
            <em class="recalled">{t('recalled', senderName(message, me))}</em>
          ) : (
            <MessageContent message={message} members={members} unsent={unsent} />
          )}
          <span class="meta">
            {message.flags.includes('edited') && !isRecalled && <span>{t('edited')}</span>}
            <time dateTime={new Date(message.timestamp).toISOString()}>{time(message.timestamp)}</time>
            {isOwn && <MessageStatus row={row} members={members} />}
          </span>
        </div>
        {!isRecalled && (
          <Reactions message={message} me={me} members={members} disabled={!rights.react} onReact={react} />
        )}
        {unsent?.status === 'failed' && (
          <div class="failed" role="alert">
            <span>{unsent.error ?? t('failed')}</span>
            <button type="button" class="link" onClick={() => account.messages.retry(unsent.client_msg_id)}>
              {t('retry')}
            </button>
            <button type="button" class="link" onClick={() => account.messages.discard(unsent.client_msg_id)}>
              {t('discard')}
            </button>
          </div>
        )}
      </div>
      {!unsent && (
        <span class="message-tools">
          {rights.write && (
            <IconButton icon="reply" label={t('reply')} onClick={() => onIntent({ kind: 'reply', message })} />
          )}
          <IconButton icon="more" label={t('more')} onClick={openMenu} />
        </span>
      )}
      {menu && room && (
        <MessageMenu
          message={message}
          isRecalled={isRecalled}
          room={room}
          rights={rights}
          onReact={react}
          onIntent={onIntent}
          onForward={() => setForwarding(true)}
          onClose={close}
          near={item.current!.querySelector('.bubble')!}
        />
      )}
      {forwarding && <Forward message={message} onClose={() => setForwarding(false)} />}
    </li>
  );
}
