/** What a request is for, taken apart. */
export interface RequestTarget {
  /** As the client wrote it: nothing is decoded, so nothing can be malformed. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** Takes any text for a request target (RFC 9112 “Request Target”). `URL` would throw on some that Node lets through. */
export function parseRequestTarget(target = ''): RequestTarget {
  const whole = target.startsWith('/') ? target : target.replace(ABSOLUTE_FORM, '');
  const hash = whole.indexOf('#');
  const relative = hash < 0 ? whole : whole.slice(0, hash);
  const mark = relative.indexOf('?');
  return mark < 0
    ? { path: relative || '/', query: '' }
    : { path: relative.slice(0, mark) || '/', query: relative.slice(mark + 1) };
}

/** With a slash before it and none after it; the root is ''. */
export function normalisePath(path: string): string {
  const inner = path.replace(/^\/+/, '');
  let end = inner.length;
  while (inner[end - 1] === '/') end--;
  return end === 0 ? '' : `/${inner.slice(0, end)}`;
}
