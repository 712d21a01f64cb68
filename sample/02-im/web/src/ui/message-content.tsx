import type { JSX } from 'preact';
import { MessageType, type ImMessage } from '../../../src/model/message.js';
import type { RoomMember } from '../../../src/model/room.js';
import type { OutboxItem } from '../core/outbox.js';
import { Attachment } from './attachment.js';
import { textOf } from './format.js';
import { t } from './i18n.js';
import { RichText } from './rich-text.js';

export function MessageContent(props: {
  message: ImMessage;
  members: readonly RoomMember[] | undefined;
  unsent: OutboxItem | undefined;
}): JSX.Element {
  const { message, members, unsent } = props;
  switch (message.message_type) {
    case MessageType.Text:
      return <RichText text={textOf(message.message_content)} mentions={message.mentions} members={members} />;
    case MessageType.Image:
    case MessageType.Voice:
    case MessageType.Video:
    case MessageType.File:
      return <Attachment message={message} unsent={unsent} />;
    default:
      return <em class="muted">{textOf(message.message_content) || t('unsupported')}</em>;
  }
}
