/**
 * Headers that the server alone writes. A sender's entries of these names never reach a subscriber, or one client could
 * forge another's message id, receipts or frame borders.
 */
export const SERVER_OWNED: ReadonlySet<string> = new Set([
  'destination',
  'content-type',
  'content-length',
  'subscription',
  'message-id',
  'ack',
  'id',
  'receipt',
  'receipt-id',
  'transaction',
  'session',
  'server',
  'user-name',
  'version',
  'heart-beat',
  'login',
  'passcode',
  'redelivered',
  'delivery-count',
  'offset',
  'epoch',
  'recovered',
  'dropped',
]);

/** Whether a sender's header is its own affair, and goes on to the subscribers. */
export function isSendersOwn(name: string): boolean {
  return !SERVER_OWNED.has(name) && !name.startsWith('simp');
}
