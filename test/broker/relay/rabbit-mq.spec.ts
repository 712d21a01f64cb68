import { describeRelay } from './relay-rows.js';
import { describeBroker } from '../broker-contract.js';
import { RabbitMq } from './support/rabbit-mq.js';
import { PER_SESSION_EXCEPTIONS, SHARED_EXCEPTIONS } from './support/relay-exceptions.js';
import { startRelay } from './support/relay-under-test.js';

let rabbitMq: RabbitMq;

beforeAll(async () => {
  rabbitMq = await RabbitMq.start();
}, 120_000);

afterAll(() => rabbitMq.stop());

const TRAITS = { countsDeliveries: false };

describe('A relay to RabbitMQ', () => {
  describeBroker(
    'shared',
    (broker, more) => startRelay(rabbitMq.port, 'shared', broker, more),
    SHARED_EXCEPTIONS,
    TRAITS,
  );
});

describe('A relay to RabbitMQ', () => {
  describeBroker(
    'per session',
    (broker, more) => startRelay(rabbitMq.port, 'per-session', broker, more),
    {
      ...PER_SESSION_EXCEPTIONS,
      'ACK and NACK on topics: with ack:client-individual each is for one message': 'what is rejected comes again',
      'ACK and NACK on topics: of what was rejected brings it not again': 'what is rejected comes again',
    },
    TRAITS,
  );
});

describe.each(['shared', 'per-session'] as const)('A relay to RabbitMQ, %s:', (connections) => {
  describeRelay(() => rabbitMq.port, connections, '/exchange/amq.direct/stomp-cluster.x');
});
