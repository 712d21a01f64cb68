import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { LocalSessionListener, SimpUserRegistry } from '../messaging/simp-user.registry.js';
import { RecordKind } from './batch.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { ClusterPublisher } from './cluster-publisher.js';
import type { OtherServer } from './other-server.js';

/** So many sessions of a snapshot are written before others have their turn. */
const SLICE = 500;

/**
 * Tells other servers who comes and goes here, and the registry who comes and goes there. Changes are told as they happen; all of it, a
 * snapshot, only to those who ask: a server that is new, or that has missed something.
 */
export class SharedUsers implements LocalSessionListener {
  /** Who has asked for a snapshot that has not begun. */
  #askers = new Set<string>();
  #isWriting = false;

  constructor(
    private readonly users: SimpUserRegistry,
    private readonly publisher: ClusterPublisher,
    private readonly withSubscriptions: boolean,
  ) {}

  sessionAdded(sessionId: string, principal: PrincipalLike): void {
    this.#writeSession(sessionId, principal);
  }

  sessionRemoved(sessionId: string): void {
    this.publisher.write(RecordKind.SessionRemoved, (writer) => writer.text(sessionId));
  }

  subscriptionAdded(sessionId: string, id: string, destination: string): void {
    if (this.withSubscriptions) this.#writeSubscription(sessionId, id, destination);
  }

  subscriptionRemoved(sessionId: string, id: string): void {
    if (!this.withSubscriptions) return;
    this.publisher.write(RecordKind.SubscriptionRemoved, (writer) => writer.text(sessionId).text(id));
  }

  /** Another server wants to know all of it. Several that ask at once are answered at once. */
  snapshotWanted(server: OtherServer): void {
    this.#askers.add(server.id);
    if (this.#isWriting) return;
    this.#isWriting = true;
    setImmediate(() => void this.#writeSnapshots());
  }

  /** @returns whether the record was one of those that are read here */
  read(kind: number, record: ByteReader, server: OtherServer): boolean {
    switch (kind) {
      case RecordKind.SessionAdded: {
        const sessionId = record.text();
        // Its subscriptions follow, those that are left.
        if (server.isBeingRead) this.users.removeRemoteSubscriptions(server, sessionId);
        server.named(sessionId);
        this.users.addRemoteSession(server, sessionId, readPrincipal(record));
        return true;
      }
      case RecordKind.SessionRemoved: {
        const sessionId = record.text();
        server.named(sessionId);
        this.users.removeRemoteSession(server, sessionId);
        return true;
      }
      case RecordKind.SubscriptionAdded:
        this.users.addRemoteSubscription(server, record.text(), record.text(), record.text());
        return true;
      case RecordKind.SubscriptionRemoved:
        this.users.removeRemoteSubscription(server, record.text(), record.text());
        return true;
      case RecordKind.SnapshotBegin:
        server.beginSnapshot(this.users.remoteSessionIds(server));
        return true;
      case RecordKind.SnapshotEnd:
        for (const sessionId of server.endSnapshot()) this.users.removeRemoteSession(server, sessionId);
        return true;
      default:
        return false;
    }
  }

  /** In slices, and no faster than the bus takes them. What changes meanwhile is told as ever, before or after it is in a slice. */
  async #writeSnapshots(): Promise<void> {
    while (this.#askers.size > 0) {
      const askers = this.#askers;
      this.#askers = new Set();
      const target = askers.size === 1 ? [...askers][0] : undefined;
      this.publisher.write(RecordKind.SnapshotBegin, () => {}, target);
      let count = 0;
      for (const { id, user, subscriptions } of this.users.localSessions()) {
        this.#writeSession(id, user.principal, target);
        if (this.withSubscriptions) {
          for (const subscription of subscriptions) {
            this.#writeSubscription(id, subscription.id, subscription.destination, target);
          }
        }
        if (++count % SLICE === 0) {
          await this.publisher.drained();
          await new Promise(setImmediate);
        }
      }
      this.publisher.write(RecordKind.SnapshotEnd, () => {}, target);
    }
    this.#isWriting = false;
  }

  #writeSession(sessionId: string, principal: PrincipalLike, target?: string): void {
    this.publisher.write(
      RecordKind.SessionAdded,
      (writer) => {
        writer.text(sessionId);
        writePrincipal(writer, principal);
      },
      target,
    );
  }

  #writeSubscription(sessionId: string, id: string, destination: string, target?: string): void {
    this.publisher.write(
      RecordKind.SubscriptionAdded,
      (writer) => writer.text(sessionId).text(id).text(destination),
      target,
    );
  }
}

/** What others need to know of a user. The rest may be secrets, and is the application's own. */
function writePrincipal(writer: ByteWriter, { name, destinationUserName, roles = [] }: PrincipalLike): void {
  writer.text(name);
  writer.varint(destinationUserName === undefined ? 0 : 1);
  if (destinationUserName !== undefined) writer.text(destinationUserName);
  writer.varint(roles.length);
  for (const role of roles) writer.text(role);
}

function readPrincipal(record: ByteReader): PrincipalLike {
  const name = record.text();
  const destinationUserName = record.varint() === 1 ? record.text() : undefined;
  const roles: string[] = [];
  for (let count = record.varint(); count > 0; count--) roles.push(record.text());
  return {
    name,
    ...(destinationUserName === undefined ? {} : { destinationUserName }),
    ...(roles.length > 0 ? { roles } : {}),
  };
}
