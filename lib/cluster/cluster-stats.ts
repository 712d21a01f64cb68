/** What a server knows of the others, and of the bus between them. Those “since the start” only grow. */
export interface ClusterStats {
  /** What the others call this server. */
  readonly name: string;
  /** Whether the bus carries messages. */
  readonly isAvailable: boolean;
  /** The names of the other servers that are there. */
  readonly servers: readonly string[];
  /** Users with at least one connected session on any server. */
  readonly users: number;
  /** Messages that the bus has taken, since the start. */
  readonly sent: number;
  /** Messages of other servers, since the start; most of them are for nobody here. */
  readonly received: number;
  /** Messages that the bus has not taken, since the start: only the clients of this server have got them. */
  readonly lost: number;
  /** Batches of messages that other servers have sent and that have not come, since the start. */
  readonly missed: number;
  /** Bytes that the bus has taken, since the start. */
  readonly sentBytes: number;
  /** Bytes that the bus has not taken yet. */
  readonly waitingBytes: number;
}
