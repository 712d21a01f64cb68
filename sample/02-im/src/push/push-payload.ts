import { MessageType } from '../model/message.js';
import type { PushPayload } from '../model/push.js';
import type { DuePush, PushContent } from '../ports/push-work.js';

/** Characters: a push service takes 4,096 bytes, and a screen shows less. */
const MOST_SHOWN = 120;

export function pushPayload({ roomId, seq }: DuePush, content: PushContent, hasPreview: boolean): PushPayload {
  const { message, isMentioned, badge } = content;
  const isShown = hasPreview && message.message_type !== MessageType.Encrypted;
  return {
    room_id: roomId,
    message_id: message.message_id,
    seq,
    badge,
    mentioned: isMentioned,
    ...(isShown && { preview: previewOf(content) }),
  };
}

function previewOf({ message: { message_content }, from, title }: PushContent): NonNullable<PushPayload['preview']> {
  const text = [message_content?.['text'], message_content?.['name']].find((part) => typeof part === 'string');
  return { from, title, text: beginningOf(text ?? '') };
}

/** Without half a character at its end. */
function beginningOf(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MOST_SHOWN));
  return characters.length > MOST_SHOWN ? `${characters.slice(0, MOST_SHOWN).join('')}…` : characters.join('');
}
