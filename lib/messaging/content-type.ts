/** `text/*`. */
export function isTextType(contentType: string | undefined): boolean {
  return contentType !== undefined && TEXT.test(contentType);
}

/** `application/json`, and what ends with `+json`. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType);
}

/** What people can read: text, JSON, XML. */
export function isReadableType(contentType: string | undefined): boolean {
  return isTextType(contentType) || isJsonType(contentType) || (contentType !== undefined && XML.test(contentType));
}

const TEXT = /^\s*text\//i;
const JSON_TYPE = /^\s*(?:application\/json|[\w.+-]+\/[\w.+-]+\+json)\s*(?:;|$)/i;
const XML = /^\s*(?:application\/xml|[\w.+-]+\/[\w.+-]+\+xml)\s*(?:;|$)/i;
