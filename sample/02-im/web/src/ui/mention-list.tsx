import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Avatar } from './avatar.js';
import { t } from './i18n.js';
import type { MentionStart } from './mentions.js';

export function MentionList({
  mention,
  onChoose,
}: {
  mention: MentionStart;
  onChoose: (name: string) => void;
}): JSX.Element {
  const { candidates } = mention;
  const [active, setActive] = useState(0);
  const chosen = Math.min(active, candidates.length - 1);

  // Before the text field gets the key: there it would send, or move the caret.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) setActive((chosen + step + candidates.length) % candidates.length);
      else if ((event.key === 'Enter' || event.key === 'Tab') && !event.isComposing) onChoose(candidates[chosen].name);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener('keydown', onKeyDown, true);
    return () => removeEventListener('keydown', onKeyDown, true);
  });

  return (
    <ul class="mention-list" role="listbox" aria-label={t('members')}>
      {candidates.map((member, index) => (
        <li key={member.user_id} role="option" aria-selected={index === chosen}>
          <button type="button" class="room person" onClick={() => onChoose(member.name)}>
            <Avatar id={member.user_id} name={member.name} userId={member.user_id} />
            <span class="room-title ellipsis">{member.name}</span>
            <span class="room-line muted ellipsis">{member.user_id}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
