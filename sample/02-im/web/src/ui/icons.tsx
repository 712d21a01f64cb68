import type { JSX } from 'preact';

const PATHS = {
  attach: 'M20 11.5 12.5 19a5 5 0 0 1-7-7L13 4.5a3.4 3.4 0 0 1 4.8 4.8L10.4 16.7a1.7 1.7 0 0 1-2.4-2.4L14.5 7.8',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 17h12l-1.5-2.5V11a4.5 4.5 0 0 0-9 0v3.5zM10.5 20h3',
  'bell-off': 'M6 17h12l-1.5-2.5V11a4.5 4.5 0 0 0-9 0v3.5zM10.5 20h3M4 4l16 16',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2 12.5l4.5 4.5L15.5 7.5M11.5 16l1 1L22 7.5',
  clock: 'M12 7v5l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  device: 'M4 5h16v11H4zM9 20h6M12 16v4',
  down: 'M5 9l7 7 7-7',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  forward: 'M14 7l6 5-6 5v-3.5c-5 0-8 1.5-10 5 0-6 4-9 10-9z',
  info: 'M12 11v5M12 8h.01M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  leave: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.3 2.7-6 6-6s6 2.7 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M17 14.5c2.4.7 4 2.9 4 5.5',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  plus: 'M12 5v14M5 12h14',
  reply: 'M10 7L4 12l6 5v-3.5c5 0 8 1.5 10 5 0-6-4-9-10-9z',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  send: 'M4 12l16-8-5 16-4-6z',
  silence: 'M4 5h16v11h-8l-4 4v-4H4zM9 8.5l6 4M15 8.5l-6 4',
  smile: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 9.5h.01M15 9.5h.01',
  star: 'M12 4l2.4 5 5.6.7-4 3.9 1 5.4-5-2.7-5 2.7 1-5.4-4-3.9 5.6-.7z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  undo: 'M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  warning: 'M12 4l9 16H3zM12 10v5M12 17.5h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }): JSX.Element {
  const access = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const);
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" {...access}>
      {label && <title>{label}</title>}
      <path d={PATHS[name]} />
    </svg>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  class?: string;
  disabled?: boolean;
  pressed?: boolean;
  type?: 'button' | 'submit';
  onClick?: (event: MouseEvent) => void;
}): JSX.Element {
  const { icon, label, type = 'button', pressed, disabled, onClick } = props;
  return (
    <button
      type={type}
      class={`icon-button ${props.class ?? ''}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
