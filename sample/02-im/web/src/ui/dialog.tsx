import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useModal } from './focus.js';
import { t } from './i18n.js';
import { IconButton } from './icons.js';

export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const { title, onClose, children } = props;
  const dialog = useModal();
  const heading = useId();
  const closeOnBackdrop = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={heading} onClose={onClose} onClick={closeOnBackdrop}>
      <header>
        <h2 id={heading}>{title}</h2>
        <IconButton icon="close" label={t('close')} onClick={onClose} />
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
