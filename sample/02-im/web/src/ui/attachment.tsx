import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { MessageType, type ImMessage } from '../../../src/model/message.js';
import type { OutboxItem } from '../core/outbox.js';
import { useAccount } from './client.js';
import { fileSize } from './format.js';
import { t } from './i18n.js';
import { Icon } from './icons.js';
import { Lightbox } from './lightbox.js';

interface FileContent {
  readonly file_id?: string;
  readonly name?: string;
  readonly size?: number;
  readonly mime?: string;
  readonly width?: number;
  readonly height?: number;
}

/** The longest side of a picture in the list. */
const SHOWN = 320;

export function Attachment({ message, unsent }: { message: ImMessage; unsent: OutboxItem | undefined }): JSX.Element {
  const content = (message.message_content ?? {}) as FileContent;
  const [local] = useState(() => unsent?.file?.blob);
  const url = useUrl(content.file_id, local);
  const progress = unsent?.status === 'uploading' ? Math.round((unsent.progress ?? 0) * 100) : undefined;
  return (
    <div class="attachment">
      <Shown type={message.message_type} content={content} url={url} />
      {progress !== undefined && (
        <progress max={100} value={progress} aria-label={t('uploading', progress)}>
          {progress} %
        </progress>
      )}
    </div>
  );
}

function Shown({ type, content, url }: { type: number; content: FileContent; url: string | undefined }): JSX.Element {
  const { name = t('file'), size, width, height } = content;
  const [large, setLarge] = useState(false);
  switch (type) {
    case MessageType.Image:
      return (
        <>
          <button type="button" class="thumbnail" onClick={() => setLarge(true)} aria-label={name}>
            {/* With its size, nothing moves when it comes. */}
            <img src={url} alt={name} {...fitted(width, height)} />
          </button>
          {large && url && <Lightbox url={url} name={name} onClose={() => setLarge(false)} />}
        </>
      );
    case MessageType.Voice:
      return <audio controls src={url} aria-label={name} />;
    case MessageType.Video:
      return <video controls src={url} {...fitted(width, height)} aria-label={name} preload="metadata" />;
    default:
      return (
        <a class="file" href={url} download={name} aria-label={`${t('download')} ${name}`}>
          <Icon name="file" />
          <span class="grow">
            <span class="ellipsis">{name}</span>
            {size !== undefined && <small class="muted">{fileSize(size)}</small>}
          </span>
        </a>
      );
  }
}

function fitted(width?: number, height?: number): { width?: number; height?: number } {
  if (!width || !height) return {};
  const scale = Math.min(1, SHOWN / width, SHOWN / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** The file on this device as long as there is one, then a signed link. */
function useUrl(fileId: string | undefined, local: Blob | undefined): string | undefined {
  const { attachments } = useAccount();
  const [signed, setSigned] = useState<string>();
  const localUrl = useMemo(() => local && URL.createObjectURL(local), [local]);
  useEffect(() => () => void (localUrl && URL.revokeObjectURL(localUrl)), [localUrl]);
  useEffect(() => {
    if (!fileId || localUrl) return;
    attachments.url(fileId).then(setSigned, () => undefined);
  }, [fileId, localUrl]);
  return localUrl ?? signed;
}
