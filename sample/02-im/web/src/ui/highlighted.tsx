import type { JSX } from 'preact';

/** So much of the text before the first hit is shown. */
const LEAD = 24;

export function Highlighted({ text, query }: { text: string; query: string }): JSX.Element {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lower = text.toLowerCase();
  const first = Math.min(...words.map((word) => lower.indexOf(word)).filter((place) => place >= 0));
  const start = first > LEAD && first !== Infinity ? first - LEAD : 0;
  return (
    <>
      {start > 0 && '…'}
      {pieces(text.slice(start), words).map(({ piece, isHit }) => (isHit ? <mark>{piece}</mark> : piece))}
    </>
  );
}

function pieces(text: string, words: readonly string[]): { piece: string; isHit: boolean }[] {
  const lower = text.toLowerCase();
  const found: { piece: string; isHit: boolean }[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const word = words.find((candidate) => lower.startsWith(candidate, at));
    if (!word) {
      at += 1;
      continue;
    }
    found.push({ piece: text.slice(from, at), isHit: false }, { piece: text.slice(at, at + word.length), isHit: true });
    at += word.length;
    from = at;
  }
  return [...found, { piece: text.slice(from), isHit: false }];
}
