/** Where a device is told of something while it is not connected: what its browser got from a push service. */
export interface PushSubscription {
  readonly endpoint: string;
  /** The device's public key, 65 bytes, and what it shares with us, 16 bytes; as base64url. */
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface PushNotification {
  /** What the device gets; nobody on the way can read it. */
  readonly payload: string;
  /** Of those with the same subject that the device has not got yet, it gets the last one only. */
  readonly subject: string;
  readonly urgency: 'normal' | 'high';
  /** Seconds for which it is kept for a device that cannot be reached. */
  readonly ttl: number;
}

/** What has become of a notification. */
export type PushResult =
  /** The push service has it. Whether and when the device gets it, nobody tells. */
  | { readonly outcome: 'delivered' }
  /** The subscription has ended: nothing will be taken for it any more. */
  | { readonly outcome: 'gone' }
  /** This notification will never be taken; others may be. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Not now. `delay` in milliseconds, if the push service has named one. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly delay?: number };

/**
 * Tells devices that are not connected that there is something for them.
 *
 * It guarantees little: who sends a notification again after `retry` may show it twice, and what was delivered may never be shown.
 * So a notification is a hint; the inbox tells what is true.
 */
export abstract class PushProvider {
  /** With which clients subscribe, so that their push service takes notifications from us only; base64url. */
  abstract readonly publicKey: string;
  /** @throws ImError BAD_REQUEST when nothing would be sent there, which says why */
  abstract check(subscription: PushSubscription): Promise<void>;
  /**
   * Never rejects: whatever goes wrong is a result, and within a bounded time.
   * @param signal ends it early; the result is `retry` then
   */
  abstract send(
    subscription: PushSubscription,
    notification: PushNotification,
    signal?: AbortSignal,
  ): Promise<PushResult>;
}
