import type { JSX } from 'preact';
import type { ImMessage } from '../../../src/model/message.js';
import type { RoomMember } from '../../../src/model/room.js';
import { names } from './format.js';
import { t } from './i18n.js';

export function Reactions(props: {
  message: ImMessage;
  me: string;
  members: readonly RoomMember[] | undefined;
  disabled: boolean;
  onReact: (emoji: string) => void;
}): JSX.Element | null {
  const { message, me, members, disabled, onReact } = props;
  const reactions = Object.entries(message.reactions ?? {}).filter(([, users]) => users.length > 0);
  if (reactions.length === 0) return null;
  const nameOf = (id: string) => (id === me ? t('you') : (members?.find(({ user_id }) => user_id === id)?.name ?? id));
  return (
    <div class="reactions">
      {reactions.map(([emoji, users]) => (
        <button
          key={emoji}
          type="button"
          class="reaction"
          aria-pressed={users.includes(me)}
          disabled={disabled}
          title={names(users.map(nameOf))}
          onClick={() => onReact(emoji)}
        >
          {emoji} {users.length}
        </button>
      ))}
    </div>
  );
}
