import type { QueueGroupStats, StompStatsSnapshot } from '../stats/index.js';

export type Labels = Readonly<Record<string, string>>;

/** One value of a metric; a metric without labels has one. */
export type Sample = readonly [value: number, labels?: Labels];

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Undefined: the server does not know. */
  readonly samples: (snapshot: StompStatsSnapshot) => readonly Sample[] | undefined;
}

/** All metrics. No label has a value that clients can choose. */
export const METRICS: readonly Metric[] = [
  gauge('stomp_server_running', 'Whether the server takes clients.', ({ state }) => Number(state === 'Running')),
  gauge('stomp_broker_available', 'Whether the broker delivers messages.', ({ broker }) => Number(broker.isAvailable)),

  gaugeBy('stomp_sessions', 'Sessions whose line is open.', 'transport', ({ sessions }) => sessions.byTransport),
  gauge('stomp_sessions_connected', 'Sessions that are connected.', ({ sessions }) => sessions.connected),
  counter('stomp_sessions_opened_total', 'Sessions opened.', ({ sessions }) => sessions.opened),
  counterBy('stomp_sessions_closed_total', 'Sessions ended.', 'code', ({ sessions }) => sessions.closed),
  counterBy('stomp_handshakes_refused_total', 'Handshakes refused.', 'reason', ({ sessions }) => sessions.refused),
  gauge('stomp_users', 'Users with a connected session.', ({ users }) => users),
  gauge('stomp_subscriptions', 'Subscriptions of all sessions.', ({ subscriptions }) => subscriptions),

  counterBy('stomp_frames_received_total', 'Frames received.', 'command', ({ frames }) => frames.received),
  counterBy('stomp_frames_sent_total', 'Frames sent.', 'command', ({ frames }) => frames.sent),
  counterBy('stomp_frames_rejected_total', 'Frames not carried out.', 'reason', ({ frames }) => {
    const { denied, refused, failed } = frames;
    return { denied, refused, failed };
  }),
  counterBy('stomp_errors_total', 'ERROR frames sent.', 'code', ({ errors }) => errors),
  counter('stomp_heart_beats_received_total', 'Heart-beats received.', ({ heartBeats }) => heartBeats.received),
  counter('stomp_heart_beats_sent_total', 'Heart-beats sent.', ({ heartBeats }) => heartBeats.sent),
  counter('stomp_received_bytes_total', 'Bytes of frames and heart-beats received.', ({ bytes }) => bytes.received),
  counter('stomp_sent_bytes_total', 'Bytes of frames and heart-beats sent.', ({ bytes }) => bytes.sent),

  gauge('stomp_send_buffer_bytes', 'Bytes that wait to be read by clients.', ({ sendBufferBytes }) => sendBufferBytes),
  gauge('stomp_unacknowledged_messages', 'Messages that wait for ACK or NACK.', ({ unacknowledged }) => unacknowledged),
  gauge('stomp_transactions', 'Open transactions.', ({ transactions }) => transactions),
  gauge('stomp_streams', 'Replies of handlers that go on.', ({ streams }) => streams),
  gauge('stomp_requests', 'Requests that wait for the reply of a client.', ({ requests }) => requests),

  gaugeOfQueues('stomp_queues', 'Work queues.', ({ queues }) => queues),
  gaugeOfQueues('stomp_queue_messages', 'Messages in work queues.', ({ messages }) => messages),
  gaugeOfQueues('stomp_queue_longest_messages', 'Messages in the longest work queue.', ({ longest }) => longest),
  gaugeOfQueues(
    'stomp_queue_unacknowledged_messages',
    'Messages of work queues that wait for ACK or NACK.',
    ({ unacknowledged }) => unacknowledged,
  ),
  gaugeOfQueues('stomp_queue_bytes', 'Bytes of messages in work queues.', ({ bytes }) => bytes),
  gaugeOfQueues('stomp_queue_consumers', 'Subscriptions to work queues.', ({ consumers }) => consumers),
  counter('stomp_dead_letters_total', 'Messages that nobody could handle.', ({ broker }) => broker.deadLetters),
  gauge(
    'stomp_backlog_messages',
    'Messages that wait for slow acknowledgements.',
    ({ broker }) => broker.backlog?.messages,
  ),
  gauge('stomp_backlog_bytes', 'Bytes that wait for slow acknowledgements.', ({ broker }) => broker.backlog?.bytes),
  gauge(
    'stomp_slow_consumers',
    'Sessions that messages are kept back from.',
    ({ broker }) => broker.slowConsumers?.sessions,
  ),
  gauge(
    'stomp_slow_consumer_messages',
    'Messages that are kept back from slow readers.',
    ({ broker }) => broker.slowConsumers?.messages,
  ),
  gauge(
    'stomp_slow_consumer_bytes',
    'Bytes that are kept back from slow readers.',
    ({ broker }) => broker.slowConsumers?.bytes,
  ),
  counter(
    'stomp_messages_dropped_total',
    'Messages that slow readers have missed.',
    ({ broker }) => broker.slowConsumers?.dropped,
  ),
  counter(
    'stomp_messages_conflated_total',
    'Messages that a newer one has replaced for slow readers.',
    ({ broker }) => broker.slowConsumers?.conflated,
  ),
  gauge('stomp_history_destinations', 'Destinations with a history.', ({ broker }) => broker.history?.destinations),
  gauge('stomp_history_messages', 'Messages in histories.', ({ broker }) => broker.history?.messages),
  gauge('stomp_history_bytes', 'Bytes of messages in histories.', ({ broker }) => broker.history?.bytes),

  gauge(
    'stomp_cluster_available',
    'Whether the bus to the other servers carries messages.',
    ({ cluster }) => cluster && Number(cluster.isAvailable),
  ),
  gauge('stomp_cluster_servers', 'Other servers that are there.', ({ cluster }) => cluster?.servers.length),
  gauge('stomp_cluster_users', 'Users with a connected session on any server.', ({ cluster }) => cluster?.users),
  counter('stomp_cluster_messages_sent_total', 'Messages for other servers.', ({ cluster }) => cluster?.sent),
  counter('stomp_cluster_messages_received_total', 'Messages of other servers.', ({ cluster }) => cluster?.received),
  counter('stomp_cluster_messages_lost_total', 'Messages that the bus has not taken.', ({ cluster }) => cluster?.lost),
  counter('stomp_cluster_batches_missed_total', 'Batches that have not come.', ({ cluster }) => cluster?.missed),
  counter('stomp_cluster_sent_bytes_total', 'Bytes that the bus has taken.', ({ cluster }) => cluster?.sentBytes),
  gauge('stomp_cluster_waiting_bytes', 'Bytes that wait for the bus.', ({ cluster }) => cluster?.waitingBytes),
  gauge('stomp_relay_connections', 'Connections to the broker.', ({ broker }) => broker.relay?.connections),
  gauge('stomp_relay_subscriptions', 'Subscriptions at the broker.', ({ broker }) => broker.relay?.subscriptions),
  gauge(
    'stomp_relay_unconfirmed',
    'Frames that the broker has not confirmed.',
    ({ broker }) => broker.relay?.unconfirmed,
  ),
  gauge(
    'stomp_relay_buffer_bytes',
    'Bytes that wait to be read by the broker.',
    ({ broker }) => broker.relay?.bufferedBytes,
  ),
  counter('stomp_relay_reconnects_total', 'Lost connections that came back.', ({ broker }) => broker.relay?.reconnects),
];

type Numbers = Readonly<Record<string, number>>;

function gauge(name: string, help: string, value: (snapshot: StompStatsSnapshot) => number | undefined): Metric {
  return { name, help, type: 'gauge', samples: (snapshot) => single(value(snapshot)) };
}

function counter(name: string, help: string, value: (snapshot: StompStatsSnapshot) => number | undefined): Metric {
  return { ...gauge(name, help, value), type: 'counter' };
}

function gaugeBy(name: string, help: string, label: string, values: (snapshot: StompStatsSnapshot) => Numbers): Metric {
  const samples = (snapshot: StompStatsSnapshot): Sample[] =>
    Object.entries(values(snapshot)).map(([key, value]) => [value, { [label]: key }]);
  return { name, help, type: 'gauge', samples };
}

function counterBy(
  name: string,
  help: string,
  label: string,
  values: (snapshot: StompStatsSnapshot) => Numbers,
): Metric {
  return { ...gaugeBy(name, help, label, values), type: 'counter' };
}

/** The prefix is one of the option `broker.queues`. */
function gaugeOfQueues(name: string, help: string, value: (group: QueueGroupStats) => number): Metric {
  const samples = ({ broker }: StompStatsSnapshot): Sample[] | undefined =>
    broker.queues?.map((group) => [value(group), { prefix: group.prefix }]);
  return { name, help, type: 'gauge', samples };
}

function single(value: number | undefined): Sample[] | undefined {
  return value === undefined ? undefined : [[value]];
}
