/** How long senders may take back what they have written. */
export const RECALL_WINDOW_MS = 2 * 60_000;
