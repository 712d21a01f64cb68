import type { MessageBrokerStats } from '../broker/message-broker-stats.js';
import type { ClusterStats } from '../cluster/cluster-stats.js';
import type { StompErrorCode } from '../exceptions/stomp.exception.js';
import type { CLIENT_FRAMES, SERVER_FRAMES } from '../frame/stomp-command.js';
import type { RefusalReason } from '../transport/handshake-refusal.js';
import type { StompServerState } from './stomp-server-state.js';

/** What has come from clients and gone to them since the start. */
export interface TrafficStats {
  readonly received: number;
  readonly sent: number;
}

export interface SessionStats {
  /** Sessions whose line is open. */
  readonly current: number;
  /** Of them, those that have been answered CONNECTED and have not ended. */
  readonly connected: number;
  /** The open ones by what carries them: `websocket` (SockJS over WebSocket too), `xhr_streaming`, `xhr`, `eventsource`, `htmlfile`. */
  readonly byTransport: Readonly<Record<string, number>>;
  /** Sessions since the start. `opened` less all of `closed` is `current`. */
  readonly opened: number;
  /**
   * Ended sessions by close code, since the start. 1000 and 1001 are goodbyes; 1006 is a line that was cut, 4408 a client that sent no
   * CONNECT, 4409 one that fell silent, 4500 one that read or acknowledged too slowly. Codes of clients that mean nothing here are `other`.
   */
  readonly closed: Readonly<Record<number | 'other', number>>;
  /**
   * Handshakes that came to no session, since the start, by the option whose limit was reached; `sessionLimit` is SockJS's. Or by what else:
   * `origin`, `shutdown`, or `other` for what the application's code refused. What was no handshake is not counted.
   */
  readonly refused: Readonly<Record<RefusalReason, number>>;
}

export interface FrameStats {
  /** Frames by command, since the start, refused ones too. What is no frame, or not one for this state, is in `errors` only. */
  readonly received: Readonly<Record<(typeof CLIENT_FRAMES)[number], number>>;
  /** Frames that were handed to connections, by command, since the start. */
  readonly sent: Readonly<Record<(typeof SERVER_FRAMES)[number], number>>;
  /** Frames that their client may not send, since the start: a guard said no, an exception was 401 or 403, or STOMP_ERR_ACCESS_DENIED. */
  readonly denied: number;
  /** Frames that an interceptor or the broker refused for another reason, since the start; a full work queue, for example. */
  readonly refused: number;
  /** Frames whose handler, or the stream that it returned, failed, and no filter has handled it, since the start. */
  readonly failed: number;
}

/** What a server does and holds at one moment. Every number is whole; those “since the start” only grow. */
export interface StompStatsSnapshot {
  /** When it was taken, in milliseconds since 1970. */
  readonly takenAt: number;
  readonly state: StompServerState;
  readonly sessions: SessionStats;
  /** Users with at least one connected session on this server. */
  readonly users: number;
  /** Subscriptions of all sessions. */
  readonly subscriptions: number;
  readonly frames: FrameStats;
  /** Lone EOLs, since the start. */
  readonly heartBeats: TrafficStats;
  /** Bytes of frames and heart-beats, without what the transport wraps around them, since the start. */
  readonly bytes: TrafficStats;
  /** ERROR frames by code, since the start. `other` is a code that the application made up. */
  readonly errors: Readonly<Record<StompErrorCode | 'other', number>>;
  /** Messages that were delivered and wait for ACK or NACK. */
  readonly unacknowledged: number;
  /** Bytes that wait to be read by clients. */
  readonly sendBufferBytes: number;
  /** Transactions between BEGIN and COMMIT or ABORT. */
  readonly transactions: number;
  /** Replies of handlers that go on. */
  readonly streams: number;
  /** Requests of the application (`SimpMessagingTemplate.request()`) that wait for a reply. */
  readonly requests: number;
  readonly broker: MessageBrokerStats;
  /** The other servers and the bus to them, with the option `cluster`. */
  readonly cluster?: ClusterStats;
}
