import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { PushSubscription } from '../../src/ports/push-provider.js';

const LONGEST_MS = 15_000;

/** What a device has got, once it has decrypted it. */
export interface Push {
  readonly payload: any;
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

/** A push service on this machine, which checks who sends (RFC 8292), and its devices, which decrypt (RFC 8291): without the library that is tested. */
export class PushService {
  readonly complaints: string[] = [];
  readonly #devices = new Map<string, PushDevice>();
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<PushService> {
    const service = new PushService();
    await service.startAgain();
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** At the same port, once it has one. */
  async startAgain(): Promise<void> {
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server!.closeAllConnections();
    this.#server!.close();
    await once(this.#server!, 'close');
  }

  device(): PushDevice {
    const path = `/push/${randomBytes(16).toString('base64url')}`;
    const device = new PushDevice(this.origin + path);
    this.#devices.set(path, device);
    return device;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = Buffer.concat(await request.toArray());
      checkSender(request.headers, this.origin);
      const device = this.#devices.get(request.url!);
      if (!device) throw new Error(`There is no device ${request.url}`);
      const { status, headers } = device.take(body, request.headers);
      response.writeHead(status, headers).end();
    } catch (error) {
      this.complaints.push(String(error));
      response.writeHead(400).end();
    }
  }
}

export class PushDevice {
  readonly subscription: PushSubscription;
  /** How often something was sent to it, whatever it was answered. */
  requests = 0;
  /** For the next requests, one after the other; after them, 201. */
  readonly answers: Answer[] = [];
  readonly #got: Push[] = [];
  readonly #curve = createECDH('prime256v1');
  readonly #auth = randomBytes(16);
  #wake: (() => void) | undefined;

  constructor(endpoint: string) {
    const p256dh = this.#curve.generateKeys().toString('base64url');
    this.subscription = { endpoint, keys: { p256dh, auth: this.#auth.toString('base64url') } };
  }

  take(body: Buffer, headers: IncomingHttpHeaders): Answer {
    this.requests++;
    const payload: unknown = JSON.parse(this.#decrypt(body).toString());
    this.#got.push({ payload, headers, at: performance.now() });
    this.#wake?.();
    return this.answers.shift() ?? { status: 201 };
  }

  /** The next one that was sent, whatever it was answered. */
  async next(): Promise<Push> {
    const timeout = AbortSignal.timeout(LONGEST_MS);
    while (this.#got.length === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        timeout.addEventListener('abort', () => reject(new Error('No push has come')));
      });
    }
    return this.#got.shift()!;
  }

  #decrypt(body: Buffer): Buffer {
    const salt = body.subarray(0, 16);
    const keyEnd = 21 + body[20]!;
    const sender = body.subarray(21, keyEnd);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#curve.getPublicKey(), sender]);
    const secret = derive(this.#curve.computeSecret(sender), this.#auth, info, 32);
    const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(body.subarray(-16));
    const padded = Buffer.concat([decipher.update(body.subarray(keyEnd, -16)), decipher.final()]);
    return padded.subarray(0, padded.lastIndexOf(2));
  }
}

/** Asks until the answer is the one that is looked for, and returns it. */
export async function eventually<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    if (performance.now() > end) throw new Error(`It stayed at ${JSON.stringify(answer)}`);
    await pause(20);
  }
}

function derive(secret: Uint8Array, salt: Uint8Array, info: string | Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

function checkSender({ authorization, 'content-encoding': encoding, ttl }: IncomingHttpHeaders, origin: string): void {
  const [, token, key] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(authorization ?? '') ?? [];
  if (!token || !key) throw new Error(`This is no sender: ${authorization}`);
  const [head, claims, signature] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const signed = Buffer.from(`${head}.${claims}`);
  const isValid = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature!, 'base64url'),
  );
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as Record<string, unknown>;
  const isInTime = Number(exp) * 1_000 > Date.now() && Number(exp) * 1_000 < Date.now() + 86_400_000;
  if (!isValid || aud !== origin || !isInTime || !String(sub).startsWith('mailto:')) {
    throw new Error(`The sender is not who they say: ${JSON.stringify({ isValid, aud, exp, sub })}`);
  }
  if (encoding !== 'aes128gcm' || !/^\d+$/.test(ttl as string))
    throw new Error(`Not as RFC 8030 wants it: ${encoding} ${String(ttl)}`);
}
