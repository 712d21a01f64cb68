import type { RoomSummary } from '../../../src/model/room.js';
import { rightsIn, type Rights } from '../core/rights.js';
import { useIm } from './client.js';
import { t } from './i18n.js';
import { isMuted, untilLine } from './mute.js';
import { useNow } from './use-now.js';

const NOTHING: Rights = { write: false, react: false, pin: false, rule: false, leave: false };

/** What the user may do in a room now, and why they may not write. */
export function useRights(room: RoomSummary | undefined): Rights & { readonly silence?: string } {
  const until = useIm(
    ({ user, members }) =>
      members.get(room?.room_id ?? '')?.find(({ user_id }) => user_id === user?.user_id)?.mute_until,
  );
  const isSilenced = isMuted(until, useNow(until));
  if (!room) return NOTHING;
  const rights = rightsIn(room, isSilenced);
  if (rights.write) return rights;
  const silence = rightsIn(room).write ? untilLine(until!, 'youAreSilencedUntil', 'youAreSilenced') : t('onlyAdmins');
  return { ...rights, silence };
}
