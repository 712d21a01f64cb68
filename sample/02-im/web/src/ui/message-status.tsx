import type { JSX } from 'preact';
import type { RoomMember } from '../../../src/model/room.js';
import { tickOf } from '../core/rooms.js';
import { useIm } from './client.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import type { MessageRow } from './rows.js';

export function MessageStatus(props: { row: MessageRow; members: readonly RoomMember[] | undefined }): JSX.Element {
  const { row, members } = props;
  const me = useIm((state) => state.user)!.user_id;
  if (row.unsent?.status === 'failed') return <Icon name="warning" label={t('failed')} />;
  if (row.unsent || row.changing) return <Icon name="clock" label={t('sending')} />;
  const tick = tickOf(members, me, row.message.seq);
  return (
    <span class={`tick ${tick}`}>
      <Icon name={tick === 'sent' ? 'check' : 'checks'} label={t(tick)} />
    </span>
  );
}
