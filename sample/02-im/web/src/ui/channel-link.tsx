import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from './i18n.js';
import { IconButton } from './icons.js';
import { linkTo } from './room-link.js';

const SHOWN_MS = 2_000;

/** What to give to those who may join. */
export function ChannelLink({ roomId }: { roomId: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const link = linkTo(roomId);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    navigator.clipboard.writeText(link).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <div class="channel-link">
      <input readOnly value={link} aria-label={t('link')} onFocus={(event) => event.currentTarget.select()} />
      {/* Browsers have a clipboard on https and localhost only. */}
      {'clipboard' in navigator && (
        <IconButton icon={copied ? 'check' : 'copy'} label={copied ? t('copied') : t('copyLink')} onClick={copy} />
      )}
    </div>
  );
}
