import type { IncomingMessage } from 'node:http';

/** RFC 6454 “Serialization of an Origin”, and no more: what does not look like one cannot be compared with one. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const PORT_LIST = /^(.*):\[([\d,*\s]+)\]$/;
const DEFAULT_PORT = /^(http:.*):80$|^(https:.*):443$/;
const LONGEST = 2_048;

/** Decides which web pages may connect, by the `Origin` header that browsers add (RFC 6455 “Origin Considerations”). */
export class OriginRule {
  /** Every page may connect, even those that have no origin to name. */
  readonly admitsAll: boolean;
  /** Only pages of the host that the request was sent to may connect. */
  readonly isSameHostOnly: boolean;
  readonly #literals: ReadonlySet<string>;
  readonly #patterns: readonly string[][];

  constructor(allowedOrigins: readonly string[] = []) {
    const allowed = allowedOrigins.flatMap(expandPorts).map(normalise);
    this.admitsAll = allowed.includes('*');
    this.isSameHostOnly = allowed.length === 0;
    this.#literals = new Set(allowed.filter((origin) => !origin.includes('*')));
    this.#patterns = allowed.filter((origin) => origin.includes('*')).map((origin) => origin.split('*'));
  }

  admits(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    if (origin === undefined || this.admitsAll) return true;
    if (origin.length > LONGEST) return false;
    const asked = normalise(origin);
    if (this.#literals.has(asked)) return asked !== 'null';
    const [, scheme] = ORIGIN.exec(asked) ?? [];
    if (scheme === undefined) return false;
    if (this.isSameHostOnly) return host !== undefined && asked === normalise(`${scheme}://${host}`);
    return this.#patterns.some((pieces) => matches(pieces, asked));
  }
}

function normalise(origin: string): string {
  return origin.toLowerCase().replace(DEFAULT_PORT, '$1$2');
}

/** `https://*.example.com:[8080,8443]` and `:[*]`, which is any port or none, as Spring writes them. */
function expandPorts(pattern: string): string[] {
  const [, base, ports] = PORT_LIST.exec(pattern) ?? [];
  if (base === undefined) return [pattern];
  return ports!.split(',').flatMap((port) => (port.trim() === '*' ? [base, `${base}:*`] : [`${base}:${port.trim()}`]));
}

/** Whether the text consists of the pieces with anything between them. Each is looked for once, behind the one before. */
function matches(pieces: readonly string[], text: string): boolean {
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
