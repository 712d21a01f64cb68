import type { OutboxItem } from './outbox.js';
import { Unanswered } from './failures.js';
import type { Ports } from './ports.js';
import { readAnswer, type Session } from './session.js';

interface SignedUrl {
  readonly url: string;
  readonly expires_at: number | string;
}

interface UploadedFile {
  readonly file_id: string;
  readonly size: number;
  readonly mime: string;
  readonly name: string;
}

/** A link is not used in its last half minute. */
const RENEW_BEFORE_MS = 30_000;

/** Files on their way up, and signed links on their way down. */
export class Attachments {
  private readonly links = new Map<string, Promise<SignedUrl>>();

  constructor(
    private readonly ports: Ports,
    private readonly session: Session,
  ) {}

  async upload(
    { file }: OutboxItem,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    if (!file) throw new Error('There is no file');
    const token = await this.session.token();
    const { blob, name, width, height } = file;
    const url = `${this.ports.origin}/api/files`;
    const answer = await this.ports
      .upload({ url, token, file: blob, name, signal, onProgress })
      .catch((error: unknown) => {
        throw new Unanswered(String(error));
      });
    const { file_id, size, mime } = readAnswer<UploadedFile>(answer.status, answer.body);
    return { file_id, name, size, mime, ...(width && { width, height }) };
  }

  async url(fileId: string): Promise<string> {
    const kept = await this.links.get(fileId)?.catch(() => undefined);
    if (kept && new Date(kept.expires_at).getTime() - Date.now() > RENEW_BEFORE_MS) return kept.url;
    const asked = this.session.request<SignedUrl>('POST', `/api/files/${encodeURIComponent(fileId)}/url`);
    this.links.set(fileId, asked);
    return (await asked).url;
  }
}
