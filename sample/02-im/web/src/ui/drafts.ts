import { localSettings } from '../platform/local-settings.js';

const settings = localSettings();

const keyOf = (userId: string, roomId: string) => `im.draft.${userId}.${roomId}`;

/** What was begun and not sent. */
export function draftOf(userId: string, roomId: string): string {
  return settings.get(keyOf(userId, roomId)) ?? '';
}

export function keepDraft(userId: string, roomId: string, text: string): void {
  if (text) settings.set(keyOf(userId, roomId), text);
  else clearDraft(userId, roomId);
}

export function clearDraft(userId: string, roomId: string): void {
  settings.remove(keyOf(userId, roomId));
}
