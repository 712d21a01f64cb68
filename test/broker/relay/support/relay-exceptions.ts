import type { ContractExceptions } from '../../broker-contract.js';

/** What no relay does, since it is the broker's affair, and the broker's own settings say. */
const THE_BROKERS_AFFAIR: ContractExceptions = {
  'history: *': 'a relay keeps none',
  'topics: carry headers that are repeated': 'brokers keep the first',
  'selectors: choose from a work queue too': 'shared: refused; per session: as the broker does',
  'selectors: do not let a message that nobody wants hold up those behind it': 'the same',
  'work queues: send to the dead letters what has been delivered in vain too often, saying where from': 'dead letters',
  'work queues: drop what nobody can handle if there is no place for dead letters': 'dead letters',
  'work queues: keep a message whose dead letter has no room, and bury it when there is some': 'dead letters',
  'work queues: try for ever if they are told to': 'nobody counts deliveries',
  'work queues: that are full refuse more, with an ERROR instead of the RECEIPT, and lose nothing': 'limits',
  'work queues: count what is under way as held': 'limits',
  'work queues: are bounded in bytes too': 'limits',
  'work queues: that are full drop the oldest if they are told to': 'limits',
  'work queues: drop nothing for a message that has no room at all': 'limits',
  'work queues: drop what has waited too long': 'limits',
  'work queues: are bounded in number, and those that nobody would miss make room': 'limits',
  'work queues: are bounded in bytes all together': 'limits',
  'work queues: drop their own oldest for what has no room in all, if they are told to, and nothing of others':
    'limits',
  'work queues: that hold nothing but what is too old make room for others': 'limits',
  'work queues: lose nothing of a transaction that has room in none of them or in some only': 'limits',
  'transactions: have no effect at all when one of their frames cannot have one': 'limits',
  'work queues: are not heard by patterns of topics': 'what begins with /topic is a topic to the broker',
  'work queues: pass over the consumer that has sent the message and wants none of its own': 'brokers know no no-local',
};

const LATER =
  'what a session has not acknowledged comes again when its connection has ended, behind what is delivered meanwhile';

/** Rows whose order depends on when the broker learns that a client has gone. */
const IN_ITS_OWN_TIME: ContractExceptions = {
  'work queues: redeliver after %s, in the old order and marked, with the same message-id and a new ack': LATER,
  'work queues: lose nothing to a session that dies with several subscriptions to one queue': LATER,
  'work queues: go on in turn with those that are left': LATER,
};

export const SHARED_EXCEPTIONS: ContractExceptions = { ...THE_BROKERS_AFFAIR, ...IN_ITS_OWN_TIME };

export const PER_SESSION_EXCEPTIONS: ContractExceptions = {
  ...THE_BROKERS_AFFAIR,
  ...IN_ITS_OWN_TIME,
  'topics: give each message to every subscription, of the same session too':
    'they do, but which of the two subscriptions of a session comes first is the affair of the broker',
  'selectors: choose by header': "selectors are the broker's own",
  'selectors: that are malformed are an ERROR: %j': "selectors are the broker's own",
  'ACK and NACK on topics: that do not come close the session once too much waits for them, and no other':
    'what waits, waits at the broker',
  'what waits for a session’s acknowledgements: is bounded in bytes, for all its subscriptions together, and closes no other session':
    'what waits, waits at the broker',
  'what waits for a session’s acknowledgements: is counted with its headers, and a message without a body for more than nothing':
    'what waits, waits at the broker',
  'what a session may leave unanswered: is bounded over all its subscriptions, to topics and to queues':
    'it is, but divided at SUBSCRIBE',
  'what a session may leave unanswered: is shared by its subscriptions in turn, so that each gets everything':
    'it is divided at SUBSCRIBE',
  'what a session may leave unanswered: is free again when a subscription ends': 'the same',
};
