import type { UserInfo } from '../../../src/model/message.js';
import { Account } from './account.js';
import { Notifications } from './notifications.js';
import { Observable } from './observable.js';
import type { Ports } from './ports.js';
import { Session, type SignOutReason } from './session.js';
import { EMPTY_STATE, type ImState } from './state.js';

/** The client without a page: what it knows is in `state`, what the user can do is in `account`. */
export class ImClient {
  readonly state = new Observable<ImState>(EMPTY_STATE);
  readonly session: Session;
  readonly notifications: Notifications;
  private current: Account | undefined;

  constructor(private readonly ports: Ports) {
    this.session = new Session(ports, (reason) => this.leave(reason));
    this.notifications = new Notifications(ports.push, this.session);
  }

  get account(): Account {
    if (!this.current) throw new Error('Nobody is signed in');
    return this.current;
  }

  /** Goes on as whoever was signed in on this device. */
  start(): void {
    if (this.session.user) this.enter(this.session.user);
  }

  stop(): void {
    this.current?.stop();
    this.current = undefined;
  }

  async login(userId: string, password: string): Promise<void> {
    this.enter(await this.session.login(userId, password));
  }

  async register(userId: string, name: string, password: string): Promise<void> {
    await this.session.register(userId, name, password);
    await this.login(userId, password);
  }

  logout(): Promise<void> {
    return this.session.logout();
  }

  /** The network is back, or somebody looks at the page again. */
  reconnectNow(): void {
    this.current?.reconnectNow();
  }

  private enter(user: UserInfo): void {
    this.stop();
    this.state.set({ ...EMPTY_STATE, user });
    this.current = new Account(this.ports, this.session, user, this.state);
    this.current.start();
    this.notifications.renew().catch(() => undefined);
  }

  private leave(reason: SignOutReason): void {
    this.stop();
    this.notifications.end().catch(() => undefined);
    this.state.set({ ...EMPTY_STATE, signedOut: reason });
  }
}
