import type { JSX, RefObject } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MessageType, type ImMessage } from '../../../src/model/message.js';
import { AttachmentStrip } from './attachment-strip.js';
import type { Intent } from './chat.js';
import { useAccount, useClient, useIm } from './client.js';
import { clearDraft, draftOf, keepDraft } from './drafts.js';
import { hasMouse } from './focus.js';
import { senderName, summaryLine, textOf } from './format.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';
import { MentionList, mentionOption } from './mention-list.js';
import { mentionBefore, mentionsIn, moved, type MentionStart } from './mentions.js';
import { messageTypeOf, pictureSize } from './picture.js';

export interface ComposerHandle {
  focus(): void;
  attach(files: readonly File[]): void;
}

const NOBODY: readonly never[] = [];

export function Composer(props: {
  roomId: string;
  intent: Intent | undefined;
  onIntent: (intent: Intent | undefined) => void;
  handle: RefObject<ComposerHandle | null>;
}): JSX.Element {
  const { roomId, intent, onIntent, handle } = props;
  const account = useAccount();
  const { state } = useClient();
  const room = useIm(({ rooms }) => rooms.get(roomId));
  const me = useIm(({ user }) => user)!.user_id;
  const members = useIm((state) => state.members.get(roomId)) ?? NOBODY;
  const [text, setText] = useState(() => draftOf(me, roomId));
  const [files, setFiles] = useState<readonly File[]>([]);
  const [mention, setMention] = useState<MentionStart>();
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);

  const attach = (more: readonly File[]): void => {
    setFiles((chosen) => [...chosen, ...more]);
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({ focus: () => field.current?.focus(), attach }), []);

  const edited = intent?.kind === 'edit' ? intent.message : undefined;
  useEffect(() => {
    setText(edited ? textOf(edited.message_content) : draftOf(me, roomId));
  }, [edited?.message_id]);
  useEffect(() => {
    if (hasMouse()) field.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const { style } = field.current!;
    style.height = 'auto';
    style.height = `${field.current!.scrollHeight}px`;
  }, [text]);

  const write = (value: string): void => {
    setText(value);
    if (!edited) keepDraft(me, roomId, value);
    if (value) account.typing(roomId);
  };

  const submit = (): void => {
    const said = text.trim();
    if (!said && files.length === 0) return;
    const mentions = mentionsIn(said, members);
    if (edited) {
      if (said && said !== textOf(edited.message_content)) account.messages.edit(edited, said, mentions);
    } else {
      const replyTo = intent?.message.seq;
      void sendFiles(files).then(() => said && account.messages.send(roomId, { text: said, replyTo, mentions }));
      clearDraft(me, roomId);
      setText('');
    }
    setFiles([]);
    setMention(undefined);
    onIntent(undefined);
  };

  const sendFiles = async (chosen: readonly File[]): Promise<void> => {
    for (const file of chosen) {
      const size = await pictureSize(file);
      const type = messageTypeOf(file.type, size !== undefined);
      account.messages.sendFile(roomId, type, { blob: file, name: file.name, ...size });
    }
  };

  const editLast = (): void => {
    const isMine = (message: ImMessage) =>
      message.from_user_info.user_id === me && message.message_type === MessageType.Text;
    const last = state
      .get()
      .timelines.get(roomId)
      ?.messages.findLast((one) => isMine(one) && one.message_content);
    if (last) onIntent({ kind: 'edit', message: last });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter takes a suggestion of an input method first.
    if (event.isComposing || event.keyCode === 229) return;
    if (mention && takeMentionKey(event.key)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && !text && !intent) {
      event.preventDefault();
      editLast();
    }
  };

  const takeMentionKey = (key: string): boolean => {
    if (key === 'ArrowDown' || key === 'ArrowUp') setMention(moved(mention!, key === 'ArrowDown' ? 1 : -1));
    else if (key === 'Enter' || key === 'Tab') insertMention(mention!.candidates[mention!.active].name);
    else if (key === 'Escape') setMention(undefined);
    else return false;
    return true;
  };

  const followMention = (): void => {
    const { value, selectionStart } = field.current!;
    setMention(room?.kind === 'dm' ? undefined : mentionBefore(value, selectionStart, members, me));
  };
  const insertMention = (name: string): void => {
    const { value, selectionStart } = field.current!;
    write(`${value.slice(0, mention!.at)}@${name} ${value.slice(selectionStart)}`);
    setMention(undefined);
    field.current!.focus();
  };

  const onPaste = (event: ClipboardEvent): void => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    attach(pasted);
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {intent && <IntentBar intent={intent} me={me} onClose={() => onIntent(undefined)} />}
      {mention && <MentionList mention={mention} onChoose={insertMention} />}
      <AttachmentStrip files={files} onRemove={(file) => setFiles(files.filter((other) => other !== file))} />
      <div class="composer-line">
        <IconButton icon="attach" label={t('attach')} onClick={() => chooser.current!.click()} disabled={!!edited} />
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-label={t('files')}
          onChange={(event) => {
            attach([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={t('typeHere')}
          aria-label={t('typeHere')}
          aria-autocomplete="list"
          aria-activedescendant={mention && mentionOption(mention.active)}
          onInput={(event) => {
            write(event.currentTarget.value);
            followMention();
          }}
          onClick={followMention}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <IconButton
          icon={edited ? 'check' : 'send'}
          label={edited ? t('save') : t('send')}
          type="submit"
          class="accent"
          disabled={!text.trim() && files.length === 0}
        />
      </div>
    </form>
  );
}

function IntentBar({ intent, me, onClose }: { intent: Intent; me: string; onClose: () => void }): JSX.Element {
  const { kind, message } = intent;
  return (
    <div class="intent">
      <Icon name={kind} />
      <span class="grow">
        <strong class="ellipsis">{kind === 'edit' ? t('editing') : t('replyTo', senderName(message, me))}</strong>
        <span class="ellipsis muted">{summaryLine(message, me)}</span>
      </span>
      <IconButton icon="close" label={t('cancel')} onClick={onClose} />
    </div>
  );
}
