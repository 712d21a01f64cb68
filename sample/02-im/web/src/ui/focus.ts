import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

/** The browser's own: it keeps the focus inside, Esc closes it, and whoever had the focus before gets it back. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    // If it went while it is open, the focus would be nowhere.
    return () => element.close();
  }, []);
  return dialog;
}

/** What opens beside the rest takes the focus, and gives it back when it goes. */
export function useFocus(): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    place.current!.focus();
    return () => before?.focus();
  }, []);
  return place;
}

/** Where a field takes the focus of itself: with fingers, a keyboard would cover what is to be seen. */
export function hasMouse(): boolean {
  return matchMedia('(hover: hover)').matches;
}

/** Esc is meant for that one. */
export function isModalOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}
