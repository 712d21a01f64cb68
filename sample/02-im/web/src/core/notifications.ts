import { Observable } from './observable.js';
import type { PushPort } from './ports.js';
import type { Session } from './session.js';

/** `unavailable`: the browser has no push here; `denied`: its user has forbidden it, which only its settings undo. */
export type NotificationsState = 'unavailable' | 'denied' | 'off' | 'on';

/** Whether this device is told of messages while no page is open. */
export class Notifications {
  readonly state = new Observable<NotificationsState>('unavailable');

  constructor(
    private readonly push: PushPort | undefined,
    private readonly session: Session,
  ) {}

  /** Tells the server again what the browser has: the server, or its key, may be another one by now. */
  async renew(): Promise<void> {
    const isOn = (await this.push?.isSubscribed()) === true;
    this.look(isOn);
    if (isOn) await this.enable();
  }

  async enable(): Promise<void> {
    const { public_key } = await this.session.request<{ public_key: string }>('GET', '/api/push/key');
    const subscription = await this.push?.subscribe(public_key);
    if (subscription) await this.session.request('PUT', '/api/push/subscription', subscription);
    this.look(subscription !== undefined);
  }

  async disable(): Promise<void> {
    await this.session.request('DELETE', '/api/push/subscription');
    await this.end();
  }

  /** Whoever comes next is not told what was for somebody else. */
  async end(): Promise<void> {
    this.look(false);
    await this.push?.unsubscribe();
  }

  private look(isOn: boolean): void {
    const { push } = this;
    this.state.set(!push ? 'unavailable' : push.isDenied() ? 'denied' : isOn ? 'on' : 'off');
  }
}
