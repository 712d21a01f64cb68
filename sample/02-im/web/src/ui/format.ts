import { MessageType, type ImMessage } from '../../../src/model/message.js';
import { Role, type RoomMember } from '../../../src/model/room.js';
import { t } from './i18n.js';

const locale = navigator.language;
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'numeric' });
const list = new Intl.ListFormat(locale);

const DAY_MS = 86_400_000;

export function time(timestamp: number): string {
  return clock.format(timestamp);
}

/** Days from then until now, midnight to midnight. */
function daysAgo(timestamp: number): number {
  return Math.round((new Date().setHours(0, 0, 0, 0) - new Date(timestamp).setHours(0, 0, 0, 0)) / DAY_MS);
}

export function day(timestamp: number): string {
  const days = daysAgo(timestamp);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  return days < 7 ? weekday.format(timestamp) : date.format(timestamp);
}

/** As short as a line of the list of chats wants it. */
export function moment(timestamp: number): string {
  const days = daysAgo(timestamp);
  if (days === 0) return time(timestamp);
  return days === 1 ? t('yesterday') : shortDate.format(timestamp);
}

/** When something that has begun will end. */
export function deadline(timestamp: number): string {
  return daysAgo(timestamp) === 0 ? time(timestamp) : `${shortDate.format(timestamp)} ${time(timestamp)}`;
}

export function fileSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

export function names(of: readonly string[]): string {
  return list.format(of);
}

/** "You", or their name. */
export function senderName({ from_user_info: { user_id, name } }: ImMessage, me: string): string {
  return user_id === me ? t('you') : name;
}

type Content = Readonly<Record<string, unknown>>;

export function textOf(content: Content | null | undefined): string {
  return typeof content?.text === 'string' ? content.text : '';
}

/** A message in one line. */
export function preview(message: Pick<ImMessage, 'message_type' | 'message_content'>): string {
  const content = message.message_content;
  switch (message.message_type) {
    case MessageType.Text:
      return textOf(content);
    case MessageType.Image:
      return `🖼 ${t('image')}`;
    case MessageType.Voice:
      return `🎤 ${t('voice')}`;
    case MessageType.Video:
      return `🎬 ${t('video')}`;
    case MessageType.File:
      return `📎 ${typeof content?.name === 'string' ? content.name : t('file')}`;
    default:
      return textOf(content) || t('message');
  }
}

const GIVEN = { [Role.Member]: 'madeMember', [Role.Admin]: 'madeAdmin', [Role.Owner]: 'madeOwner' } as const;

/** What a control message says to people. */
export function note(message: ImMessage, me: string, members: readonly RoomMember[] | undefined): string {
  const who = senderName(message, me);
  const {
    action,
    title,
    user_ids = [],
    role,
    mute_until,
  } = (message.message_content ?? {}) as {
    action?: string;
    title?: string;
    user_ids?: readonly string[];
    role?: Role;
    mute_until?: number;
  };
  const nameOf = (id: string) =>
    id === me ? t('youObject') : (members?.find((member) => member.user_id === id)?.name ?? id);
  const whom = names(user_ids.map(nameOf));
  if (message.message_type === MessageType.Mode) return t('largeRoom');
  switch (action) {
    case 'create':
      return t('created', who, title ?? '');
    case 'rename':
      return t('renamed', who, title ?? '');
    case 'join':
      return t('joined', who);
    case 'leave':
      return t('left', who);
    case 'invite':
      return t('invited', who, whom);
    case 'kick':
      return t('kicked', who, whom);
    case 'role':
      return t(GIVEN[role ?? Role.Member], who, whom);
    case 'mute':
      return t(mute_until ? 'silenced' : 'unsilenced', who, whom);
    default:
      return t('settingsChanged', who);
  }
}

export function summaryLine(message: ImMessage, me: string, members?: readonly RoomMember[]): string {
  if (message.flags.includes('recalled') || !message.message_content) return t('recalled', senderName(message, me));
  return message.message_type >= MessageType.Recall ? note(message, me, members) : preview(message);
}
