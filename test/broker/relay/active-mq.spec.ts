import { describeCluster } from '../../cluster/cluster-contract.js';
import { startServer } from '../../cluster/socket-cluster.js';
import { describeRelay } from './relay-rows.js';
import { describeBroker, type ContractExceptions } from '../broker-contract.js';
import { ActiveMq } from './support/active-mq.js';
import { PER_SESSION_EXCEPTIONS, SHARED_EXCEPTIONS } from './support/relay-exceptions.js';
import { startRelay } from './support/relay-under-test.js';

let activeMq: ActiveMq;

beforeAll(async () => {
  activeMq = await ActiveMq.start();
}, 120_000);

afterAll(() => activeMq.stop());

const TRAITS = { countsDeliveries: false };
const NACKED = 'what is rejected goes to its dead letters';
const AGAIN = 'what comes again comes in an order of its own, and not all of it marked';
const EXCEPTIONS: ContractExceptions = {
  'topics: are named by SEND, whatever the name looks like': 'a name with a wildcard of the broker is refused',
  'work queues: give each message to one consumer, in turn': 'to one, but the turns are its own',
  'work queues: go on in turn with those that are left': 'the turns are its own',
  'work queues: redeliver after NACK, before what came later, and count': NACKED,
  'work queues: redeliver all that a NACK with ack:client is for': NACKED,
  'work queues: lose no dead letter that comes back from the dead letters': NACKED,
  'transactions: hold ACK and NACK back too': NACKED,
  'work queues: redeliver after %s, in the old order and marked, with the same message-id and a new ack': AGAIN,
  'work queues: lose nothing to a session that dies with several subscriptions to one queue': AGAIN,
};

describe('A relay to ActiveMQ', () => {
  describeBroker(
    'shared',
    (broker, more) => startRelay(activeMq.port, 'shared', broker, more),
    { ...SHARED_EXCEPTIONS, ...EXCEPTIONS },
    TRAITS,
  );
});

describe('A relay to ActiveMQ', () => {
  describeBroker(
    'per session',
    (broker, more) => startRelay(activeMq.port, 'per-session', broker, more),
    {
      ...PER_SESSION_EXCEPTIONS,
      ...EXCEPTIONS,
      'selectors: are ignored unless they are switched on': "selectors are the broker's own",
    },
    TRAITS,
  );
});

describe.each(['shared', 'per-session'] as const)('A relay to ActiveMQ, %s:', (connections) => {
  describeRelay(() => activeMq.port, connections, '/topic/stomp-cluster.x');
});

describeCluster(
  'one ActiveMQ',
  (count) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        startServer({ kind: 'relay', name: `server-${index}` }, { broker: { kind: 'relay', port: activeMq.port } }),
      ),
    ),
  { keepsRepeatedHeaders: false },
);
