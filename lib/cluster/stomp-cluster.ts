import { randomBytes } from 'node:crypto';
import type { Message } from '../messaging/message.js';
import type { SimpUserRegistry } from '../messaging/simp-user.registry.js';
import type { SessionCommand } from '../session/session-command.js';
import type { SessionLog } from '../session/session-context.js';
import { LogLimit } from '../utils/log-limit.js';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import { reasonOf } from '../utils/reason-of.js';
import { within } from '../utils/within.js';
import { readBatchHeader, readRecords, RecordKind } from './batch.js';
import type { ByteReader } from './byte-reader.js';
import type { ClusterBus } from './cluster-bus.js';
import { ClusterPublisher } from './cluster-publisher.js';
import type { ClusterStats } from './cluster-stats.js';
import { readDestination, readMessage, writeMessage } from './message-record.js';
import { OtherServer } from './other-server.js';
import { SharedUsers } from './shared-users.js';

export interface ClusterSettings {
  readonly name: string;
  readonly heartbeat: number;
  readonly timeout: number;
  readonly bufferSizeLimit: number;
  readonly shareSubscriptions: boolean;
}

/** The parts of a server that messages and commands of others reach. */
export interface ClusterTarget {
  readonly users: SimpUserRegistry;
  readonly log: SessionLog;
  /** Whether a message to the destination would reach anybody here. */
  isWanted(destination: string): boolean;
  /** Hands a message of another server to the subscriptions of this one. */
  deliver(message: Message): MaybePromise<void>;
  /** Messages of others have not come. */
  catchUp(): void;
  /** @param onlySession the user's only session that it is for, if it is for one */
  deliverToUser(message: Message, onlySession: string | undefined): MaybePromise<unknown>;
  deliverReply(message: Message, sessionId: string, user: string | undefined): void;
  carryOut(command: SessionCommand): MaybePromise<unknown>;
  onAvailability(isAvailable: boolean): void;
}

/** How long the bus may take to be there when the application starts, in milliseconds. */
const START_TIME = 15_000;
/** How long the bus may take for what is left when the application stops, in milliseconds. */
const GOODBYE_TIME = 1_000;
/** More than anybody has: who can write to the bus cannot fill the memory with servers that it makes up. */
const MOST_SERVERS = 1_024;

/**
 * The servers that act as one: what is sent on one reaches the clients of all. Injected, it tells who they are.
 *
 * @example
 * constructor(private readonly cluster: StompCluster, private readonly messagingTemplate: SimpMessagingTemplate) {}
 *
 * async announce(text: string) {
 *   await this.cluster.confirmed(() => this.messagingTemplate.convertAndSend('/topic/news', text));
 * }
 */
export class StompCluster {
  /** New with each start. */
  readonly id = randomBytes(16).toString('hex');
  /** What the others call this server. */
  readonly name: string;
  readonly #publisher: ClusterPublisher;
  readonly #users: SharedUsers;
  readonly #others = new Map<string, OtherServer>();
  readonly #losses = new LogLimit(1);
  readonly #complaints = new LogLimit(1);
  readonly #failures = new LogLimit();
  #received = 0;
  #missed = 0;
  /** Servers that were there when the bus was cut and have not been heard of since. */
  readonly #absent = new Set<string>();
  #isConnected = false;
  #connectedAt = 0;
  #isAvailable = false;
  #isStarted = false;
  #timer: NodeJS.Timeout | undefined;
  #beatAt = 0;

  constructor(
    private readonly bus: ClusterBus,
    private readonly settings: ClusterSettings,
    private readonly target: ClusterTarget,
  ) {
    this.name = settings.name;
    this.#publisher = new ClusterPublisher(this.id, bus, settings.bufferSizeLimit, (reason, messages) =>
      this.#warn(this.#losses, `${messages} messages did not reach the other servers: ${reason}`),
    );
    this.#users = new SharedUsers(target.users, this.#publisher, settings.shareSubscriptions);
  }

  /**
   * Whether the bus carries messages to the other servers; after it was cut, once those that were there before are back or taken for dead.
   * Without the option `cluster` there is no bus: false.
   */
  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  /** The names of the other servers that are there. */
  get servers(): readonly string[] {
    return [...this.#others.values()].map(({ name }) => name);
  }

  /**
   * Does something that sends messages, and waits until the bus has taken them; this server's own clients have them before. Without it, what
   * the application sends while the bus is not available reaches this server's clients only, and the log says so.
   *
   * @returns what `send` returns
   * @throws BrokerUnavailableException when the bus has not taken one of them, or another message that was sent in the meantime
   */
  async confirmed<T>(send: () => MaybePromise<T>): Promise<T> {
    const { mark } = this.#publisher;
    const result = await send();
    await this.#publisher.taken(mark);
    return result;
  }

  /** @internal @throws Error when the bus is not there */
  async start(): Promise<void> {
    const { bus } = this;
    const started = (async () => {
      await bus.start({
        id: this.id,
        onMessage: (bytes) => this.#onMessage(bytes),
        onAvailability: (isAvailable) => this.#isStarted && this.#setConnected(isAvailable),
        onGone: (id) => this.#hasGone(id),
      });
    })();
    started.catch(() => {});
    try {
      if (await within(START_TIME, started)) await started;
      else throw new Error(`it has not answered within ${START_TIME} ms`);
    } catch (error) {
      await Promise.resolve(bus.stop()).catch(() => {});
      throw new Error(`StompModule: the bus of the option cluster is not available: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    this.#isStarted = true;
    this.target.users.listen(this.#users);
    this.#setConnected(true);
    this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.settings.heartbeat).unref();
  }

  /** @internal Says goodbye; what has been sent is still handed over. */
  async stop(): Promise<void> {
    if (!this.#isStarted) return;
    clearInterval(this.#timer);
    this.#publisher.write(RecordKind.Goodbye, () => {});
    await within(GOODBYE_TIME, this.#publisher.finish());
    this.#isStarted = false;
    this.#isConnected = false;
    this.#isAvailable = false;
    await within(GOODBYE_TIME, Promise.resolve(this.bus.stop()));
    for (const server of [...this.#others.values()]) this.#forget(server);
  }

  /** @internal To subscriptions of other servers. */
  publish(message: Message): void {
    this.#publisher.write(RecordKind.Topic, (writer) => writeMessage(writer, message));
  }

  /** @internal To sessions of a user on other servers. */
  publishToUser(message: Message, onlySession: string | undefined): void {
    this.#publisher.write(RecordKind.User, (writer) => {
      writer.text(onlySession ?? '');
      writeMessage(writer, message);
    });
  }

  /** @internal A client's reply, to whichever server waits for it. @param user the name of the client's user */
  publishReply(reply: Message, user: string | undefined): void {
    this.#publisher.write(RecordKind.Reply, (writer) => {
      writer
        .text(reply.headers.sessionId!)
        .uint8(Number(user !== undefined))
        .text(user ?? '');
      writeMessage(writer, reply);
    });
  }

  /** @internal To be carried out by the other servers. */
  command(command: SessionCommand): void {
    this.#publisher.write(RecordKind.Command, (writer) => writer.text(JSON.stringify(command)));
  }

  /** @internal How far it is, before a frame is handled. */
  get mark(): number {
    return this.#publisher.mark;
  }

  /**
   * @internal Settles when what has been sent since the mark has been taken, if the client waits for an answer, and when the bus has caught up.
   * @throws BrokerUnavailableException when it has not been taken
   */
  settled(since: number, isAnswered: boolean): MaybePromise<void> {
    return isAnswered ? this.#publisher.taken(since) : this.#publisher.drained();
  }

  /** @internal */
  stats(): ClusterStats {
    const { messages, lost, bytes } = this.#publisher.counts;
    return {
      name: this.name,
      isAvailable: this.#isAvailable,
      servers: this.servers,
      users: this.target.users.getUserCount(),
      sent: messages,
      received: this.#received,
      lost,
      missed: this.#missed,
      sentBytes: bytes,
      waitingBytes: this.#publisher.unconfirmedBytes,
    };
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    this.#connectedAt = performance.now();
    // Others come back later than this server does, and would miss what it sends in the meantime.
    if (!isConnected) for (const id of this.#others.keys()) this.#absent.add(id);
    this.#publisher.setAvailable(isConnected);
    if (isConnected) this.#beat(true);
    this.#tellAvailability();
  }

  #tellAvailability(): void {
    const isAvailable = this.#isConnected && this.#absent.size === 0;
    this.#publisher.setCertain(this.#absent.size === 0);
    if (this.#isAvailable === isAvailable) return;
    this.#isAvailable = isAvailable;
    const { log, onAvailability } = this.target;
    if (isAvailable) log.debug('The bus to the other servers is available.');
    else log.warn('The bus to the other servers is cut: each serves its own clients until it is there again.');
    onAvailability(isAvailable);
  }

  /** The bus knows that the server is no more. */
  #hasGone(id: string): void {
    const server = this.#others.get(id);
    if (server) {
      this.target.log.warn(`The server ${server.name} has ended: its users are gone.`);
      this.#forget(server);
    }
    // Nobody waits for it any more.
    this.#isBack(id);
  }

  #isBack(id: string): void {
    if (this.#absent.delete(id)) this.#tellAvailability();
  }

  #tick(): void {
    const now = performance.now();
    const { heartbeat, timeout } = this.settings;
    const wasStill = now - this.#beatAt > 2 * heartbeat;
    this.#beatAt = now;
    this.#beat(false);
    // When this process has stood still, what the others have sent meanwhile is read before anyone is taken for dead.
    if (wasStill) return;
    if (this.#absent.size > 0 && this.#isConnected && now - this.#connectedAt >= timeout) {
      this.#absent.clear();
      this.#tellAvailability();
    }
    for (const server of [...this.#others.values()]) {
      if (now - server.heardAt < timeout) continue;
      this.target.log.warn(`The server ${server.name} has not been heard of for ${timeout} ms: its users are gone.`);
      this.#forget(server);
    }
  }

  /** @param isFirst others are asked to tell that they are there */
  #beat(isFirst: boolean, target?: string): void {
    const { users } = this.target;
    this.#publisher.write(
      RecordKind.Beat,
      (writer) => writer.text(this.name).uint8(Number(isFirst)).uint32(users.localSessionCount),
      target,
    );
  }

  #onMessage(bytes: Uint8Array): void {
    try {
      const { sender, target, sequence } = readBatchHeader(bytes);
      if (sender === this.id) return;
      const server = this.#server(sender);
      const missed = server.next(sequence);
      if (missed === undefined) return;
      server.heardAt = performance.now();
      this.#isBack(sender);
      if (missed > 0) this.#hasMissed(server, missed);
      if (target !== undefined && target !== this.id) return;
      readRecords(bytes, (kind, record) => this.#read(kind, record, server));
    } catch (error) {
      this.#warn(this.#complaints, `Bytes on the bus are left out that cannot be read. ${reasonOf(error)}`);
    }
  }

  /** @throws RangeError when there are too many */
  #server(id: string): OtherServer {
    const known = this.#others.get(id);
    if (known) return known;
    if (this.#others.size >= MOST_SERVERS) throw new RangeError(`There are ${MOST_SERVERS} servers already.`);
    const server = new OtherServer(id);
    this.#others.set(id, server);
    return server;
  }

  #hasMissed(server: OtherServer, batches: number): void {
    this.#missed += batches;
    this.target.catchUp();
    this.#ask(server);
  }

  #ask(server: OtherServer): void {
    if (!server.isKnown || !server.shouldAsk(this.settings.heartbeat)) return;
    this.#publisher.write(RecordKind.SnapshotWanted, () => {}, server.id);
  }

  #read(kind: number, record: ByteReader, server: OtherServer): void {
    switch (kind) {
      case RecordKind.Topic:
        return this.#readTopic(record);
      case RecordKind.User: {
        const onlySession = record.text();
        const message = readMessage(record, readDestination(record));
        this.#received++;
        return this.#guarded(() => this.target.deliverToUser(message, onlySession === '' ? undefined : onlySession));
      }
      case RecordKind.Reply: {
        const [sessionId, hasUser, user] = [record.text(), record.uint8() === 1, record.text()];
        const message = readMessage(record, readDestination(record));
        return this.#guarded(() => this.target.deliverReply(message, sessionId, hasUser ? user : undefined));
      }
      case RecordKind.Command: {
        const command = JSON.parse(record.text()) as SessionCommand;
        return this.#guarded(() => this.target.carryOut(command));
      }
      case RecordKind.Beat:
        return this.#readBeat(record, server);
      case RecordKind.Goodbye:
        return this.#forget(server);
      case RecordKind.SnapshotWanted:
        return this.#users.snapshotWanted(server);
      default:
        this.#users.read(kind, record, server);
    }
  }

  #readTopic(record: ByteReader): void {
    const destination = readDestination(record);
    this.#received++;
    if (!this.target.isWanted(destination)) return;
    const message = readMessage(record, destination);
    this.#guarded(() => this.target.deliver(message));
  }

  #readBeat(record: ByteReader, server: OtherServer): void {
    server.name = record.text();
    server.isKnown = true;
    const isFirst = record.uint8() === 1;
    const sessions = record.uint32();
    if (isFirst) this.#beat(false, server.id);
    const isDifferent = !server.isBeingRead && sessions !== this.target.users.remoteSessionCount(server);
    if (server.isInSync && isDifferent) server.outOfSync();
    this.#ask(server);
  }

  #forget(server: OtherServer): void {
    this.#others.delete(server.id);
    this.target.users.removeServer(server);
  }

  /** What fails here with a message or a command of another server is not known there. */
  #guarded(handle: () => MaybePromise<unknown>): void {
    const failed = (error: unknown): void => {
      const line = this.#failures.admit(() => 'What another server has sent could not be handled');
      if (line !== undefined) this.target.log.error(line, error);
    };
    try {
      const handled = handle();
      if (isPromise(handled)) handled.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #warn(limit: LogLimit, line: string): void {
    const admitted = limit.admit(() => line);
    if (admitted !== undefined) this.target.log.warn(admitted);
  }
}
