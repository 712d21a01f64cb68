import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { fileSize } from './format.js';
import { t } from './i18n.js';
import { Icon, IconButton } from './icons.js';
import { isPicture } from './picture.js';

/** What will go with the message. */
export function AttachmentStrip(props: { files: readonly File[]; onRemove: (file: File) => void }): JSX.Element | null {
  const { files, onRemove } = props;
  if (files.length === 0) return null;
  return (
    <ul class="strip" aria-label={t('files')}>
      {files.map((file, index) => (
        <li key={`${index} ${file.name}`}>
          {isPicture(file.type) ? <Preview file={file} /> : <Icon name="file" />}
          <span class="grow">
            <span class="ellipsis">{file.name}</span>
            <small class="muted">{fileSize(file.size)}</small>
          </span>
          <IconButton icon="close" label={`${t('discard')} ${file.name}`} onClick={() => onRemove(file)} />
        </li>
      ))}
    </ul>
  );
}

function Preview({ file }: { file: File }): JSX.Element {
  const url = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <img src={url} alt="" />;
}
