import type { MessageBroker } from '../broker/message-broker.js';
import type { ClusterStats } from '../cluster/cluster-stats.js';
import { CLIENT_FRAMES, SERVER_FRAMES } from '../frame/stomp-command.js';
import type { Deliveries } from '../messaging/deliveries.js';
import type { SimpUserRegistry } from '../messaging/simp-user.registry.js';
import type { SessionCounters } from '../session/session-counters.js';
import { StompSessionState } from '../session/stomp-session-state.js';
import type { StompSessionRegistry } from '../session/stomp-session.registry.js';
import { RECEIVING_TRANSPORTS } from '../transport/sock-js/sock-js-transport.js';
import type { StompServerState } from './stomp-server-state.js';
import type { StompStatsSnapshot } from './stomp-stats-snapshot.js';

/** Whose numbers they are. */
export interface StatsSource {
  readonly state: StompServerState;
  readonly counters: SessionCounters;
  readonly sessions: StompSessionRegistry;
  readonly users: SimpUserRegistry;
  readonly deliveries: Deliveries;
  readonly broker: MessageBroker;
  /** undefined: there are no others. */
  clusterStats(): ClusterStats | undefined;
}

/** What the application's handlers have under way. */
export interface HandlerWork {
  readonly streams: { readonly size: number };
  readonly requests: { readonly size: number };
}

/**
 * What a server does and holds, in numbers (Spring `WebSocketMessageBrokerStats`).
 *
 * Frames are counted as they pass; everything else is looked up when a snapshot is taken, in a time that grows with the sessions and
 * the work queues: some milliseconds for 10,000 of them.
 *
 * @example
 * constructor(private readonly stats: StompStats) {}
 *
 * @Cron('0 * * * * *')
 * log() {
 *   const { sessions, users, frames } = this.stats.snapshot();
 *   this.logger.log(`${sessions.current} sessions, ${users} users, ${frames.sent.MESSAGE} messages`);
 * }
 */
export class StompStats {
  #work: HandlerWork = { streams: { size: 0 }, requests: { size: 0 } };

  constructor(private readonly source: StatsSource) {}

  /** The numbers of this moment: a copy, which does not change any more. */
  snapshot(): StompStatsSnapshot {
    const { state, counters, users, deliveries, broker } = this.source;
    const { received, sent } = counters;
    const cluster = this.source.clusterStats();
    const { subscriptions, transactions, sendBufferBytes, ...current } = this.#sum();
    return {
      takenAt: Date.now(),
      state,
      sessions: {
        ...current,
        opened: counters.opened,
        closed: counters.closed.toRecord(),
        refused: counters.refusedHandshakes.toRecord(),
      },
      users: users.localUserCount,
      subscriptions,
      frames: {
        received: pick(received, CLIENT_FRAMES),
        sent: pick(sent, SERVER_FRAMES),
        denied: counters.denied,
        refused: counters.refused,
        failed: counters.failed,
      },
      heartBeats: { received: counters.receivedHeartBeats, sent: counters.sentHeartBeats },
      bytes: { received: counters.receivedBytes, sent: counters.sentBytes },
      errors: counters.errors.toRecord(),
      unacknowledged: deliveries.size,
      sendBufferBytes,
      transactions,
      streams: this.#work.streams.size,
      requests: this.#work.requests.size,
      broker: broker.stats(),
      ...(cluster && { cluster }),
    };
  }

  /** @internal Who knows what the handlers have under way, from the start of the application on. */
  useHandlers(work: HandlerWork): void {
    this.#work = work;
  }

  #sum() {
    const sum = { current: 0, connected: 0, subscriptions: 0, transactions: 0, sendBufferBytes: 0 };
    const byTransport: Record<string, number> = Object.fromEntries(TRANSPORTS.map((transport) => [transport, 0]));
    for (const session of this.source.sessions) {
      sum.current++;
      if (session.state === StompSessionState.Connected) sum.connected++;
      sum.subscriptions += session.subscriptions.size;
      sum.transactions += session.transactions.size;
      sum.sendBufferBytes += session.bufferedBytes;
      byTransport[session.transport] = (byTransport[session.transport] ?? 0) + 1;
    }
    return { ...sum, byTransport };
  }
}

/** Those that are always told of, so that what is not there is seen to be 0. */
const TRANSPORTS: readonly string[] = ['websocket', ...RECEIVING_TRANSPORTS.map(({ name }) => name)];

function pick<Key extends string>(counts: Readonly<Record<Key, number>>, keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, counts[key]])) as Record<Key, number>;
}
