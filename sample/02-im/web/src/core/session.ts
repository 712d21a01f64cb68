import type { UserInfo } from '../../../src/model/message.js';
import { Refusal, SignedOut, Unanswered } from './failures.js';
import { newIdentifier } from './identifier.js';
import type { Ports } from './ports.js';

export type SignOutReason = 'asked' | 'expired' | 'revoked';

export interface Device {
  readonly device_id: string;
  readonly name: string;
  readonly platform: string;
  readonly last_seen_at: number | null;
  readonly revoked: boolean;
}

interface Credentials {
  readonly user: UserInfo;
  readonly access_token: string;
  readonly refresh_token: string;
  /** By this device's clock. */
  readonly renew_at: number;
}

/** A refresh need not say again whose the tokens are. */
interface LoginAnswer extends Pick<Credentials, 'access_token' | 'refresh_token'>, Partial<Pick<Credentials, 'user'>> {
  readonly expires_in: number;
}

/** A token is renewed so long before its end, or in the middle of its life if that is short. */
const RENEW_BEFORE_SECONDS = 60;
const CREDENTIALS = 'im.credentials';
const DEVICE = 'im.device';

/** Who is signed in on this device, with tokens that are renewed before they end. */
export class Session {
  readonly deviceId: string;
  private credentials: Credentials | undefined;
  private refreshing: Promise<string> | undefined;

  constructor(
    private readonly ports: Ports,
    private readonly onSignedOut: (reason: SignOutReason) => void,
  ) {
    this.deviceId = ports.settings.get(DEVICE) ?? newIdentifier();
    ports.settings.set(DEVICE, this.deviceId);
    this.credentials = this.stored();
  }

  get user(): UserInfo | undefined {
    return this.credentials?.user;
  }

  get renewAt(): number {
    return this.credentials?.renew_at ?? 0;
  }

  async register(userId: string, name: string, password: string): Promise<void> {
    await this.fetchJson('POST', '/api/register', { user_id: userId, name, password });
  }

  async login(userId: string, password: string): Promise<UserInfo> {
    const { platform, deviceName } = this.ports;
    const device = { device_id: this.deviceId, device_name: deviceName, platform };
    const answer = await this.fetchJson<LoginAnswer>('POST', '/api/login', { user_id: userId, password, ...device });
    return this.keep(answer).user;
  }

  async logout(): Promise<void> {
    await this.request('POST', '/api/logout').catch(() => undefined);
    this.forget('asked');
  }

  async devices(): Promise<readonly Device[]> {
    const { devices } = await this.request<{ devices: Device[] }>('GET', '/api/devices');
    return devices.filter(({ revoked }) => !revoked);
  }

  revoke(deviceId: string): Promise<void> {
    return this.request('DELETE', `/api/devices/${encodeURIComponent(deviceId)}`);
  }

  async users(query: string): Promise<readonly UserInfo[]> {
    return (await this.request<{ users: UserInfo[] }>('GET', `/api/users?q=${encodeURIComponent(query)}`)).users;
  }

  /** A token that is good for some time to come. */
  async token(): Promise<string> {
    if (!this.credentials) throw new SignedOut();
    if (Date.now() < this.credentials.renew_at) return this.credentials.access_token;
    return this.renew();
  }

  /** Each refresh token works once, so tabs of one device must not refresh at the same time. */
  renew(): Promise<string> {
    const task = () => this.ports.exclusively('im.refresh', () => this.refresh());
    this.refreshing ??= task().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    try {
      return await this.fetchJson<T>(method, path, body, await this.token());
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      return this.fetchJson<T>(method, path, body, await this.renew());
    }
  }

  forget(reason: SignOutReason): void {
    if (!this.credentials) return;
    this.credentials = undefined;
    this.ports.settings.remove(CREDENTIALS);
    this.onSignedOut(reason);
  }

  private async refresh(): Promise<string> {
    const used = this.credentials?.refresh_token;
    const stored = this.stored();
    if (!used || !stored) throw new SignedOut();
    if (stored.refresh_token !== used) {
      this.credentials = stored;
      return stored.access_token;
    }
    try {
      return this.keep(await this.fetchJson<LoginAnswer>('POST', '/api/refresh', { refresh_token: used })).access_token;
    } catch (error) {
      if (!(error instanceof Refusal) || (error.status !== 401 && error.status !== 403)) throw error;
      this.forget('expired');
      throw new SignedOut();
    }
  }

  private keep(answer: LoginAnswer): Credentials {
    const { user = this.credentials?.user, access_token, refresh_token, expires_in } = answer;
    if (!user) throw new SignedOut();
    const life = Math.max(expires_in - RENEW_BEFORE_SECONDS, expires_in / 2);
    this.credentials = { user, access_token, refresh_token, renew_at: Date.now() + life * 1_000 };
    this.ports.settings.set(CREDENTIALS, JSON.stringify(this.credentials));
    return this.credentials;
  }

  private stored(): Credentials | undefined {
    const stored = this.ports.settings.get(CREDENTIALS);
    return stored ? (JSON.parse(stored) as Credentials) : undefined;
  }

  private async fetchJson<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = {};
    if (token) headers.authorization = `Bearer ${token}`;
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    const response = await this.ports.fetch(this.ports.origin + path, init).catch((error: unknown) => {
      throw new Unanswered(String(error));
    });
    return readAnswer<T>(response.status, await response.text());
  }
}

export function readAnswer<T>(status: number, text: string): T {
  if (status >= 200 && status < 300) return (text ? JSON.parse(text) : undefined) as T;
  throw refusalOf(status, text);
}

function refusalOf(status: number, text: string): Refusal {
  try {
    const { code, message, retry_after_ms } = JSON.parse(text) as {
      code: never;
      message: string;
      retry_after_ms: number;
    };
    return new Refusal({ code, message, retry_after_ms, retryable: isTemporary(status) }, status);
  } catch {
    return new Refusal({ code: 'BAD_REQUEST', message: `HTTP ${status}`, retryable: isTemporary(status) }, status);
  }
}

function isTemporary(status: number): boolean {
  return status === 429 || status >= 500;
}
