import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { useModal } from './focus.js';
import { Icon, type IconName } from './icons.js';

export interface MenuEntry {
  readonly icon: IconName;
  readonly label: string;
  readonly isDanger?: boolean;
  act(): void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** What can be done with something, beside it; on a phone at the bottom. */
export function Menu(props: {
  label: string;
  near: Element;
  /** The edge that it shares with what it is near to. */
  align: 'left' | 'right';
  /** Those that are false are not shown. */
  entries: readonly (MenuEntry | false)[];
  /** Above the entries. */
  children?: ComponentChildren;
  onClose: () => void;
}): JSX.Element {
  const { label, near, align, entries, children, onClose } = props;
  const dialog = useModal();
  useLayoutEffect(() => place(dialog.current!, near, align));

  const choose = (entry: MenuEntry): void => {
    // Before it acts: what is behind an open one takes no focus.
    dialog.current!.close();
    onClose();
    entry.act();
  };
  const closeOnBackdrop = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...dialog.current!.querySelectorAll<HTMLElement>('ul button')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons.at(at < 0 && step < 0 ? -1 : (at + step) % buttons.length)?.focus();
  };

  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-label={label}
      onClose={onClose}
      onClick={closeOnBackdrop}
      onKeyDown={onKeyDown}
    >
      {children}
      <ul>
        {entries.map(
          (entry) =>
            entry && (
              <li key={entry.label}>
                <button type="button" class={entry.isDanger ? 'is-danger' : ''} onClick={() => choose(entry)}>
                  <Icon name={entry.icon} /> {entry.label}
                </button>
              </li>
            ),
        )}
      </ul>
    </dialog>
  );
}

/** Inside of the window; a phone's style sheet puts it elsewhere. */
function place(menu: HTMLDialogElement, near: Element, align: 'left' | 'right'): void {
  const { top, bottom, left, right } = near.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = bottom + 6 + height <= innerHeight ? bottom + 6 : Math.max(8, top - height - 6);
  const start = align === 'right' ? right - width : left;
  menu.style.setProperty('--top', `${Math.max(8, Math.min(below, innerHeight - height - 8))}px`);
  menu.style.setProperty('--left', `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`);
}
