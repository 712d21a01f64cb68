import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ImMessage } from '../../../src/model/message.js';
import { ChatHeader } from './chat-header.js';
import { useIm } from './client.js';
import { Composer, type ComposerHandle } from './composer.js';
import { isModalOpen } from './focus.js';
import { t } from './i18n.js';
import { FailedChanges } from './failed-changes.js';
import { MessageList } from './message-list.js';
import { PinnedBar } from './pinned-bar.js';
import { RoomDetails } from './room-details.js';
import type { Route } from './route.js';
import { useTypingLine } from './typing.js';
import { useRights } from './use-rights.js';

/** What the next message is about. */
export type Intent = { readonly kind: 'reply' | 'edit'; readonly message: ImMessage };

export function Chat({ roomId, route }: { roomId: string; route: Route }): JSX.Element {
  const [intent, setIntent] = useState<Intent>();
  const [details, setDetails] = useState(false);
  const [dragging, setDragging] = useState(false);
  const composer = useRef<ComposerHandle>(null);
  const typing = useTypingLine(roomId);
  const room = useIm(({ rooms }) => rooms.get(roomId));
  const rights = useRights(room);

  const begin = useMemo(
    () => (next: Intent) => {
      setIntent(next);
      composer.current?.focus();
    },
    [],
  );
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || isModalOpen()) return;
      setIntent(undefined);
      setDetails(false);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  const drag = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!(event.currentTarget as Element).contains(event.relatedTarget as Node | null)) setDragging(false);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setDragging(false);
      composer.current?.attach([...(event.dataTransfer?.files ?? [])]);
    },
  };

  return (
    <>
      <main class="chat" {...drag}>
        <ChatHeader roomId={roomId} detailsOpen={details} onDetails={() => setDetails(!details)} />
        {room && room.pins.length > 0 && <PinnedBar key={room.pins.join()} room={room} />}
        <MessageList roomId={roomId} route={route} rights={rights} onIntent={begin} />
        <div class="typing-line" aria-live="polite">
          {typing}
        </div>
        <FailedChanges roomId={roomId} />
        {rights.silence ? (
          <p class="read-only muted">{rights.silence}</p>
        ) : (
          <Composer key={roomId} handle={composer} roomId={roomId} intent={intent} onIntent={setIntent} />
        )}
        {dragging && <div class="drop-zone">{t('dropHere')}</div>}
      </main>
      {details && room && <RoomDetails room={room} onClose={() => setDetails(false)} />}
    </>
  );
}
