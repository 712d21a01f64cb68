/** What browsers show as a picture and do not run. SVG is not among them. */
const SIGNATURES: readonly (readonly [mime: string, signature: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['audio/mpeg', /^(?:ID3|\xff[\xfb\xf3\xf2])/],
  ['audio/ogg', /^OggS/],
  ['video/webm', /^\x1a\x45\xdf\xa3/],
  ['video/mp4', /^[^]{4}ftyp/],
  ['application/pdf', /^%PDF-/],
];

/** By its first bytes, whatever its sender calls it. */
export function mimeTypeOf(head: Buffer): string {
  const text = head.toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0] ?? 'application/octet-stream';
}

/** Whether a browser may show it in a page; all else is downloaded. */
export function isShown(mime: string): boolean {
  return /^(?:image|audio|video)\//.test(mime);
}
