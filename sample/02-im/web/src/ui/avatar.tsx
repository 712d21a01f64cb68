import type { JSX } from 'preact';
import { useIm } from './client.js';
import { t } from './i18n.js';

const TONES = 8;
const characters = new Intl.Segmenter();

/** Always the same colour for the same id. */
export function toneOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)!) % 65_521;
  return hash % TONES;
}

export function Avatar({ id, name, userId }: { id: string; name: string; userId?: string }): JSX.Element {
  const online = useIm(({ presence }) => userId !== undefined && presence.get(userId)?.online === true);
  const initial = characters.segment(name.trim())[Symbol.iterator]().next().value?.segment.toUpperCase() ?? '?';
  return (
    <span class={`avatar tone-${toneOf(id)}`}>
      <span aria-hidden="true">{initial}</span>
      {online && <span class="presence" role="img" aria-label={t('online')} title={t('online')} />}
    </span>
  );
}
