/** What is to be done to sessions, whichever server they are connected to. */
export type SessionCommand =
  | { readonly kind: 'close-user'; readonly user: string; readonly code: number; readonly reason: string }
  | { readonly kind: 'close-session'; readonly sessionId: string; readonly code: number; readonly reason: string }
  | {
      readonly kind: 'drop-subscriptions';
      readonly user: string;
      /** As the client knows it. */
      readonly destination: string;
      readonly reason?: string;
    }
  /** The rules are asked again about the user's subscriptions. */
  | { readonly kind: 'recheck-user'; readonly user: string };
