import { useIm } from './client.js';
import { t } from './i18n.js';

/** "alice is typing …", or nothing. */
export function useTypingLine(roomId: string): string | undefined {
  const who = useIm(({ typing }) => typing.get(roomId));
  const name = useIm(({ rooms, members }) => {
    const room = rooms.get(roomId);
    const member = members.get(roomId)?.find(({ user_id }) => user_id === who?.[0]);
    return member?.name ?? (room?.kind === 'dm' ? room.title : who?.[0]);
  });
  if (!who || who.length === 0) return undefined;
  return who.length === 1 ? t('isTyping', name ?? t('someone')) : t('severalTyping', who.length);
}
