/** The address of a room: who is not in it may come, if it is a channel. */
export function linkTo(roomId: string): string {
  return `${location.origin}${location.pathname}#/${encodeURIComponent(roomId)}`;
}

/** Of a link, or of an id by itself. */
export function roomIdIn(text: string): string {
  const [, id] = /#\/([^/?]+)/.exec(text) ?? [];
  return id ? decodeURIComponent(id) : text.trim();
}

/** A link into this very page needs no other one. */
export function isOwnLink(link: string): boolean {
  return link.startsWith(`${location.origin}${location.pathname}#/`);
}
