const SUPPORTED = new Set(['v12.stomp', 'v11.stomp', 'v10.stomp']);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** @returns the names that the client lists, or undefined if the header is malformed (RFC 6455 section 4.1: unique tokens) */
export function parseSubProtocols(header: string | undefined): string[] | undefined {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.trim());
  return names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length ? names : undefined;
}

/** The first name that the client lists and we know, as the client writes it. */
export function selectSubProtocol(names: Iterable<string>): string | undefined {
  for (const name of names) {
    if (SUPPORTED.has(name.toLowerCase())) return name;
  }
  return undefined;
}
