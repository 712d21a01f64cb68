const SUPPORTED = new Set(['v12.stomp', 'v11.stomp', 'v10.stomp']);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** All clients of one program list the same. */
let lastListed: string | undefined;

/** Whether the header lists unique tokens (RFC 6455 section 4.1). */
export function listsSubProtocols(header: string | undefined): boolean {
  if (header === undefined || header === lastListed) return true;
  const names = header.split(',').map((name) => name.trim());
  const isList = names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length;
  if (isList) lastListed = header;
  return isList;
}

/** The first name that the client lists and we know, as the client writes it. */
export function selectSubProtocol(names: Iterable<string>): string | undefined {
  for (const name of names) {
    if (SUPPORTED.has(name.toLowerCase())) return name;
  }
  return undefined;
}
