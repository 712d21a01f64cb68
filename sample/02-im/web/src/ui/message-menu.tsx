import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { MessageType, type ImMessage } from '../../../src/model/message.js';
import { Role, type RoomSummary } from '../../../src/model/room.js';
import type { Intent } from './chat.js';
import { useAccount, useIm } from './client.js';
import { textOf } from './format.js';
import { t } from './i18n.js';
import { Icon, type IconName } from './icons.js';

export const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🎉', '🙏'];

export function MessageMenu(props: {
  message: ImMessage;
  isRecalled: boolean;
  room: RoomSummary | undefined;
  near: HTMLElement;
  onReact: (emoji: string) => void;
  onIntent: (intent: Intent) => void;
  onClose: () => void;
}): JSX.Element {
  const { message, isRecalled, room, near, onReact, onIntent, onClose } = props;
  const account = useAccount();
  const me = useIm((state) => state.user)!.user_id;
  const dialog = useRef<HTMLDialogElement>(null);

  const isOwn = message.from_user_info.user_id === me;
  const isText = message.message_type === MessageType.Text && !isRecalled;
  const isAdmin = room !== undefined && room.kind !== 'dm' && room.role >= Role.Admin;
  const isPinned = room?.pins.includes(message.seq) ?? false;

  useEffect(() => dialog.current!.showModal(), []);
  useLayoutEffect(() => place(dialog.current!, near.querySelector('.bubble')!, isOwn));

  const entry = (icon: IconName, label: string, act: () => void): JSX.Element => {
    const choose = (): void => {
      onClose();
      act();
    };
    return (
      <li>
        <button type="button" onClick={choose}>
          <Icon name={icon} /> {label}
        </button>
      </li>
    );
  };
  const closeOnBackdrop = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose();
  };

  return (
    <dialog ref={dialog} class="menu" aria-label={t('more')} onClose={onClose} onClick={closeOnBackdrop}>
      {!isRecalled && (
        <div class="emojis">
          {EMOJIS.map((emoji) => (
            <button key={emoji} type="button" aria-label={t('react', emoji)} onClick={() => onReact(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      <ul>
        {!isRecalled && entry('reply', t('reply'), () => onIntent({ kind: 'reply', message }))}
        {isText && entry('file', t('copy'), () => void navigator.clipboard?.writeText(textOf(message.message_content)))}
        {isText && isOwn && entry('edit', t('edit'), () => onIntent({ kind: 'edit', message }))}
        {!isRecalled && entry('pin', isPinned ? t('unpin') : t('pin'), () => account.messages.pin(message, isPinned))}
        {!isRecalled && (isOwn || isAdmin) && entry('back', t('recall'), () => account.messages.recall(message))}
        {entry('trash', t('deleteForMe'), () => void account.messages.hide(message).catch(() => undefined))}
      </ul>
    </dialog>
  );
}

/** Beside the message, inside of the window; a phone's style sheet puts it at the bottom. */
function place(menu: HTMLDialogElement, near: Element, isOwn: boolean): void {
  const { top, bottom, left, right } = near.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = bottom + 6 + height <= innerHeight ? bottom + 6 : Math.max(8, top - height - 6);
  menu.style.setProperty('--top', `${Math.max(8, Math.min(below, innerHeight - height - 8))}px`);
  menu.style.setProperty('--left', `${Math.max(8, Math.min(isOwn ? right - width : left, innerWidth - width - 8))}px`);
}
