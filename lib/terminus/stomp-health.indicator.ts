import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { StompServerState, StompStats, type StompStatsSnapshot } from '../stats/index.js';

/** Beyond these a server is better left alone by a load balancer. */
export interface StompHealthLimits {
  /** Sessions whose line is open. @default no limit */
  maxSessions?: number;
  /** Bytes that wait to be read by clients, all sessions together. @default no limit */
  maxSendBufferBytes?: number;
  /** Messages in all work queues together. @default no limit */
  maxQueueMessages?: number;
}

/**
 * Whether the server takes clients and its broker delivers messages, for `@nestjs/terminus`.
 *
 * It is down before the application has started, from the moment in which it begins to say goodbye to its clients, when the broker is
 * not available, nor the bus to the other servers, and when a limit is exceeded.
 *
 * @example
 * @Module({ imports: [TerminusModule], controllers: [HealthController], providers: [StompHealthIndicator] })
 * export class HealthModule {}
 *
 * @Get('/health') @HealthCheck()
 * health() {
 *   return this.health.check([() => this.stomp.isHealthy('stomp', { maxSessions: 20_000 })]);
 * }
 */
@Injectable()
export class StompHealthIndicator {
  constructor(
    private readonly stats: StompStats,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * @param key what the result is called
   * @returns up or down, with the number of sessions and, if it is down, a message that says why
   */
  isHealthy<const Key extends string>(key: Key, limits: StompHealthLimits = {}): HealthIndicatorResult<Key> {
    const snapshot = this.stats.snapshot();
    const indicator = this.indicators.check(key);
    const sessions = snapshot.sessions.current;
    const message = whyDown(snapshot, limits);
    return message === undefined ? indicator.up({ sessions }) : indicator.down({ sessions, message });
  }
}

function whyDown(snapshot: StompStatsSnapshot, limits: StompHealthLimits): string | undefined {
  const { state, sessions, sendBufferBytes, broker, cluster } = snapshot;
  if (state === StompServerState.Starting) return 'The server has not started.';
  if (state !== StompServerState.Running) return 'The server is shutting down.';
  if (!broker.isAvailable) return 'The broker is not available.';
  if (cluster && !cluster.isAvailable) return 'The bus to the other servers is not available.';
  const queued = broker.queues?.reduce((sum, { messages }) => sum + messages, 0) ?? 0;
  return (
    exceeded(sessions.current, 'sessions', limits.maxSessions) ??
    exceeded(sendBufferBytes, 'bytes in send buffers', limits.maxSendBufferBytes) ??
    exceeded(queued, 'messages in queues', limits.maxQueueMessages)
  );
}

/** A limit that is no number is always exceeded: nobody would notice one that never is. */
function exceeded(value: number, what: string, limit = Infinity): string | undefined {
  return value <= limit ? undefined : `There are ${value} ${what}, more than ${limit}.`;
}
