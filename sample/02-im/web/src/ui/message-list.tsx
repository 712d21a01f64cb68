import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Rights } from '../core/rights.js';
import type { Intent } from './chat.js';
import { useAccount, useIm } from './client.js';
import { day, note } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { MessageItem } from './message-item.js';
import type { Route } from './route.js';
import { rowsOf, type Row } from './rows.js';

/** Nearer than this to the bottom counts as at the bottom. */
const NEAR_BOTTOM = 48;
/** More is asked for when there is less than this left to scroll. */
const LOAD_AHEAD = 600;
const FLASH_MS = 1_600;

interface Anchor {
  readonly seq: string;
  readonly top: number;
}

export function MessageList(props: {
  roomId: string;
  route: Route;
  rights: Rights;
  onIntent: (intent: Intent) => void;
}): JSX.Element {
  const { roomId, route, rights, onIntent } = props;
  const account = useAccount();
  const timeline = useIm(({ timelines }) => timelines.get(roomId));
  const outbox = useIm((state) => state.outbox);
  const me = useIm((state) => state.user)!;
  const members = useIm((state) => state.members.get(roomId));
  const room = useIm(({ rooms }) => rooms.get(roomId));
  const online = useIm(({ connection }) => connection.status === 'online');
  const [unreadAfter] = useState(() => (room && room.unread > 0 ? room.read_seq : undefined));
  const [flashed, setFlashed] = useState<number>();
  const [atBottom, setAtBottom] = useState(true);

  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const sticks = useRef(true);
  const top = useRef(0);
  const anchor = useRef<Anchor | undefined>(undefined);
  const pending = useMemo(() => outbox.filter((item) => item.room_id === roomId), [outbox, roomId]);
  const rows = useMemo(() => rowsOf(timeline, pending, me, unreadAfter), [timeline, pending, me, unreadAfter]);
  const hasTimeline = timeline !== undefined;

  const loadMore = (): void => {
    const element = box.current!;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Not answered: scrolling asks again.
    if (element.scrollTop < LOAD_AHEAD) account.history.older(roomId).catch(() => undefined);
    if (below < LOAD_AHEAD && timeline?.atEnd === false) account.history.newer(roomId).catch(() => undefined);
  };

  const seen = (): void => {
    if (!timeline || document.visibilityState !== 'visible' || !document.hasFocus()) return;
    const seq = sticks.current ? timeline.last : lastVisible(box.current!);
    if (seq) account.markRead(roomId, seq);
  };

  const onScroll = (): void => {
    // Where there is nothing yet, nobody has scrolled away from its end.
    if (!timeline) return;
    const element = box.current!;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Only who scrolls up leaves the bottom: a picture that has come, or a taller text field, does not.
    const isUp = element.scrollTop < top.current - 1;
    top.current = element.scrollTop;
    if (below < NEAR_BOTTOM) sticks.current = timeline.atEnd;
    else if (isUp) sticks.current = false;
    anchor.current = anchorOf(element);
    setAtBottom(sticks.current);
    loadMore();
    seen();
  };

  const toLatest = (behavior: ScrollBehavior): void => {
    sticks.current = true;
    setAtBottom(true);
    if (timeline?.atEnd === false) account.history.latest(roomId).catch(() => undefined);
    else box.current!.scrollTo({ top: box.current!.scrollHeight, behavior });
  };

  // Where the reader looks stays where it is, whatever comes above or below.
  useLayoutEffect(() => {
    const element = box.current!;
    if (sticks.current) element.scrollTop = element.scrollHeight;
    else restore(element, anchor.current);
  }, [rows]);

  // Who writes wants to see it.
  const lastUnsent = pending.findLast(({ destination }) => destination === '/app/im.send')?.client_msg_id;
  useLayoutEffect(() => {
    if (lastUnsent) toLatest('instant');
  }, [lastUnsent]);

  useLayoutEffect(() => {
    const divider = content.current?.querySelector('.unread-divider');
    if (!hasTimeline || !divider || route.seq) return;
    sticks.current = false;
    divider.scrollIntoView({ block: 'start' });
    onScroll();
  }, [hasTimeline]);

  useEffect(() => {
    if (hasTimeline && online) loadMore();
  }, [timeline?.first, hasTimeline, online]);

  useEffect(() => {
    seen();
    addEventListener('focus', seen);
    document.addEventListener('visibilitychange', seen);
    return () => {
      removeEventListener('focus', seen);
      document.removeEventListener('visibilitychange', seen);
    };
  });

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (sticks.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(content.current!);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const { seq } = route;
    if (!seq || !hasTimeline) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    sticks.current = false;
    const jump = async (): Promise<void> => {
      await account.history.around(roomId, seq);
      setFlashed(seq);
      requestAnimationFrame(() => {
        box.current?.querySelector(`[data-seq="${seq}"]`)?.scrollIntoView({ block: 'center' });
        anchor.current = anchorOf(box.current!);
      });
      timer = setTimeout(() => setFlashed(undefined), FLASH_MS);
    };
    jump().catch(() => undefined);
    return () => clearTimeout(timer);
  }, [route, hasTimeline]);

  const unread = room?.unread ?? 0;
  return (
    <div class="message-area">
      <div class="message-box" ref={box} onScroll={onScroll} role="log" tabIndex={0} aria-label={t('messages')}>
        {!timeline && <p class="empty">{t('loading')}</p>}
        {timeline && !timeline.atStart && <p class="loading-older muted">{t('loading')}</p>}
        <ol class="messages" ref={content}>
          {rows.map((row) =>
            row.kind === 'message' ? (
              <MessageItem
                key={row.key}
                row={row}
                flashed={row.message.seq === flashed}
                members={members}
                room={room}
                rights={rights}
                onIntent={onIntent}
              />
            ) : (
              <Separator key={row.key} row={row} text={separatorText(row, me.user_id, members)} />
            ),
          )}
        </ol>
      </div>
      {timeline && !(atBottom && timeline.atEnd) && (
        <button
          type="button"
          class="to-latest"
          aria-label={t('toLatest')}
          title={t('toLatest')}
          onClick={() => toLatest('smooth')}
        >
          <Icon name="down" />
          {unread > 0 && <span class="badge">{unread}</span>}
        </button>
      )}
    </div>
  );
}

function Separator({ row, text }: { row: Row; text: string }): JSX.Element {
  if (row.kind === 'day') return <li class="day-separator">{text}</li>;
  if (row.kind === 'unread') return <li class="unread-divider">{text}</li>;
  return (
    <li class="note" data-seq={row.kind === 'note' ? row.message.seq : undefined}>
      {text}
    </li>
  );
}

function separatorText(row: Row, me: string, members: Parameters<typeof note>[2]): string {
  if (row.kind === 'day') return day(row.timestamp);
  return row.kind === 'note' ? note(row.message, me, members) : t('newMessages');
}

function anchorOf(box: HTMLElement): Anchor | undefined {
  const top = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll<HTMLElement>('[data-seq]')) {
    const place = element.getBoundingClientRect();
    if (place.bottom > top) return { seq: element.dataset.seq!, top: place.top - top };
  }
  return undefined;
}

function restore(box: HTMLElement, anchor: Anchor | undefined): void {
  const element = anchor && box.querySelector(`[data-seq="${anchor.seq}"]`);
  if (!element) return;
  box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.top;
}

function lastVisible(box: HTMLElement): number | undefined {
  const bottom = box.getBoundingClientRect().bottom;
  const elements = [...box.querySelectorAll<HTMLElement>('[data-seq]')];
  const last = elements.findLast((element) => element.getBoundingClientRect().bottom <= bottom + 1);
  return last && Number(last.dataset.seq);
}
