/** What files of a kind begin with, in hexadecimal. SVG is not among them: browsers run its scripts. */
const SIGNATURES: readonly (readonly [mime: string, signature: RegExp])[] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^47494638(?:37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
  ['audio/mpeg', /^(?:494433|fff[b32])/],
  ['audio/ogg', /^4f676753/],
  ['video/webm', /^1a45dfa3/],
  ['video/mp4', /^.{8}66747970/],
  ['application/pdf', /^255044462d/],
];

/** By its first bytes, whatever its sender calls it. */
export function mimeTypeOf(head: Buffer): string {
  const text = head.toString('hex');
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0] ?? 'application/octet-stream';
}

/** Whether a browser may show it in a page; all else is downloaded. */
export function isShown(mime: string): boolean {
  return /^(?:image|audio|video)\//.test(mime);
}
