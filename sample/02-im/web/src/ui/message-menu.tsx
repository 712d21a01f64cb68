import type { JSX } from 'preact';
import { RECALL_WINDOW_MS } from '../../../src/model/limits.js';
import { MessageType, type ImMessage } from '../../../src/model/message.js';
import type { RoomSummary } from '../../../src/model/room.js';
import type { Rights } from '../core/rights.js';
import type { Intent } from './chat.js';
import { useAccount, useIm } from './client.js';
import { textOf } from './format.js';
import { t } from './i18n.js';
import { Menu, type MenuEntry } from './menu.js';

export const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🎉', '🙏'];

export function MessageMenu(props: {
  message: ImMessage;
  isRecalled: boolean;
  room: RoomSummary;
  rights: Rights;
  near: Element;
  onReact: (emoji: string) => void;
  onIntent: (intent: Intent) => void;
  onForward: () => void;
  onClose: () => void;
}): JSX.Element {
  const { message, isRecalled, room, rights, near, onReact, onIntent, onForward, onClose } = props;
  const { messages } = useAccount();
  const me = useIm((state) => state.user)!.user_id;

  const isOwn = message.from_user_info.user_id === me;
  const isText = message.message_type === MessageType.Text;
  const isPinned = room.pins.includes(message.seq);
  const isFresh = Date.now() - message.timestamp < RECALL_WINDOW_MS;

  const entries: readonly (MenuEntry | false)[] = isRecalled
    ? []
    : [
        rights.write && {
          icon: 'reply',
          label: t('reply'),
          act: () => onIntent({ kind: 'reply', message }),
        },
        message.message_type !== MessageType.Encrypted && { icon: 'forward', label: t('forward'), act: onForward },
        isText && {
          icon: 'copy',
          label: t('copy'),
          act: () => void navigator.clipboard?.writeText(textOf(message.message_content)),
        },
        isText &&
          isOwn &&
          rights.write && { icon: 'edit', label: t('edit'), act: () => onIntent({ kind: 'edit', message }) },
        rights.pin && {
          icon: 'pin',
          label: isPinned ? t('unpin') : t('pin'),
          act: () => messages.pin(message, isPinned),
        },
        ((isOwn && isFresh) || rights.rule) && {
          icon: 'undo',
          label: t('recall'),
          act: () => messages.recall(message),
        },
      ];
  const hide: MenuEntry = {
    icon: 'trash',
    label: t('deleteForMe'),
    isDanger: true,
    act: () => void messages.hide(message).catch(() => undefined),
  };

  return (
    <Menu label={t('more')} near={near} align={isOwn ? 'right' : 'left'} entries={[...entries, hide]} onClose={onClose}>
      {!isRecalled && rights.react && (
        <div class="emojis">
          {EMOJIS.map((emoji) => (
            <button key={emoji} type="button" aria-label={t('react', emoji)} onClick={() => onReact(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}
