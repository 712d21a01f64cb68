import type { JSX } from 'preact';
import { useModal } from './focus.js';
import { t } from './i18n.js';
import { IconButton } from './icons.js';

export function Lightbox({ url, name, onClose }: { url: string; name: string; onClose: () => void }): JSX.Element {
  const dialog = useModal();
  return (
    <dialog ref={dialog} class="lightbox" aria-label={name} onClose={onClose} onClick={onClose}>
      <IconButton icon="close" label={t('close')} onClick={onClose} />
      <img src={url} alt={name} />
      <a href={url} download={name} onClick={(event) => event.stopPropagation()}>
        {t('download')}
      </a>
    </dialog>
  );
}
