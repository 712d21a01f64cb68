import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import webPush, { type RequestDetails } from 'web-push';
import { PushProvider, type PushNotification, type PushResult, type PushSubscription } from '../ports/push-provider.js';
import { PushEndpoints } from './push-endpoint.js';
import type { PushOptions } from './push-options.js';
import { retryAfter } from './retry-delay.js';
import type { VapidKeys } from './vapid-keys.js';

/** How long a push service may take, in milliseconds. */
const TIMEOUT = 10_000;
/** Bytes of an answer that are read so that its connection can be used again. */
const MOST_READ = 16_384;

/** The push services of browsers: RFC 8030, encrypted by RFC 8291, signed by RFC 8292. */
export class WebPushProvider extends PushProvider {
  readonly #endpoints: PushEndpoints;

  constructor(
    private readonly keys: VapidKeys,
    private readonly options: Pick<PushOptions, 'subject' | 'hosts' | 'allowsLoopback'>,
    private readonly timeout: number = TIMEOUT,
  ) {
    super();
    this.#endpoints = new PushEndpoints(options);
  }

  get publicKey(): string {
    return this.keys.publicKey;
  }

  async check({ endpoint }: PushSubscription): Promise<void> {
    await this.#endpoints.check(endpoint);
  }

  async send(
    subscription: PushSubscription,
    notification: PushNotification,
    signal?: AbortSignal,
  ): Promise<PushResult> {
    let url: URL;
    let details: RequestDetails;
    try {
      url = this.#endpoints.parse(subscription.endpoint);
      details = this.#encrypted(url, subscription, notification);
    } catch (error) {
      return { outcome: 'refused', reason: reasonOf(error) };
    }
    try {
      const { statusCode, headers } = await this.#post(url, details, signal);
      return resultOf(statusCode!, headers);
    } catch (error) {
      return { outcome: 'retry', reason: reasonOf(error) };
    }
  }

  #encrypted(url: URL, { keys }: PushSubscription, notification: PushNotification): RequestDetails {
    const { payload, subject, urgency, ttl } = notification;
    // Of the endpoint, it needs the origin: for that alone the signature is good.
    return webPush.generateRequestDetails({ endpoint: url.origin, keys }, payload, {
      vapidDetails: { subject: this.options.subject, ...this.keys },
      contentEncoding: 'aes128gcm',
      TTL: ttl,
      topic: topicOf(subject, keys.auth),
      urgency,
    });
  }

  /** Not by the library: it takes an answer of any length, for any time, and asks for addresses by itself. */
  #post(url: URL, { headers, body }: RequestDetails, signal?: AbortSignal): Promise<IncomingMessage> {
    const open: typeof httpRequest = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = open(url, { method: 'POST', headers, lookup: this.#endpoints.lookup }, (response) => {
        discard(response);
        resolve(response);
      });
      const timer = setTimeout(() => request.destroy(new Error('the push service does not answer')), this.timeout);
      const interrupt = () => request.destroy(new Error('the server stops'));
      signal?.addEventListener('abort', interrupt);
      request.on('close', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', interrupt);
      });
      request.on('error', reject).end(body);
    });
  }
}

/** The same for a room each time; but no push service can tell by it who is in a room with whom. */
function topicOf(subject: string, auth: string): string {
  return createHmac('sha256', auth).update(subject).digest('base64url').slice(0, 32);
}

function resultOf(status: number, headers: IncomingHttpHeaders): PushResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  if (status === 404 || status === 410) return { outcome: 'gone' };
  const reason = `the push service has answered ${status}`;
  if (status !== 429 && status < 500) return { outcome: 'refused', reason };
  return { outcome: 'retry', reason, delay: retryAfter(headers['retry-after']) };
}

function discard(response: IncomingMessage): void {
  let left = MOST_READ;
  response.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) response.destroy();
  });
  // What it answers is known by now.
  response.on('error', () => undefined);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
