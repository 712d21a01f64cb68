import type { JSX } from 'preact';
import { Avatar } from './avatar.js';
import { t } from './i18n.js';
import type { MentionStart } from './mentions.js';

/** What the text field says is active. */
export function mentionOption(index: number): string {
  return `mention-${index}`;
}

/** Its keys are those of the text field, which keeps the focus. */
export function MentionList(props: { mention: MentionStart; onChoose: (name: string) => void }): JSX.Element {
  const { mention, onChoose } = props;
  return (
    <ul class="mention-list" role="listbox" aria-label={t('members')}>
      {mention.candidates.map((member, index) => (
        <li key={member.user_id} id={mentionOption(index)} role="option" aria-selected={index === mention.active}>
          <button type="button" class="room person" tabIndex={-1} onClick={() => onChoose(member.name)}>
            <Avatar id={member.user_id} name={member.name} userId={member.user_id} />
            <span class="room-title ellipsis">{member.name}</span>
            <span class="room-line muted ellipsis">{member.user_id}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
