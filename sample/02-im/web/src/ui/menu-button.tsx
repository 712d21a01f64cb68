import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Menu, type MenuEntry } from './menu.js';

/** Opens a menu at itself. */
export function MenuButton(props: {
  label: string;
  class: string;
  disabled?: boolean;
  entries: readonly (MenuEntry | false)[];
  children: ComponentChildren;
}): JSX.Element {
  const { label, disabled, entries, children } = props;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={props.class}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        disabled={disabled}
        onClick={() => setOpen(true)}
      >
        {children}
      </button>
      {isOpen && (
        <Menu label={label} near={button.current!} align="right" entries={entries} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
