/** In order of preference. */
export const STOMP_VERSIONS = ['1.2', '1.1', '1.0'] as const;

export type StompVersion = (typeof STOMP_VERSIONS)[number];

/** Whether a header lists a version. To make a list of the header would take longer than all else that CONNECT asks for. */
const LISTED = {
  '1.2': /(?:^|,)\s*1\.2\s*(?:,|$)/,
  '1.1': /(?:^|,)\s*1\.1\s*(?:,|$)/,
  '1.0': /(?:^|,)\s*1\.0\s*(?:,|$)/,
};

/** Names of the WebSocket sub-protocols, in order of preference. */
export const STOMP_SUB_PROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp'] as const;

/**
 * The highest version that both sides speak. A client that does not say what it accepts speaks 1.0
 * (STOMP 1.2 “Protocol Negotiation”).
 */
export function negotiateVersion(acceptVersion: string | undefined): StompVersion | undefined {
  if (acceptVersion === undefined) return '1.0';
  return STOMP_VERSIONS.find((version) => LISTED[version].test(acceptVersion));
}
