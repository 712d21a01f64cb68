import { describeBroker, type ContractExceptions } from '../broker-contract.js';
import { RabbitMq } from './support/rabbit-mq.js';
import { startRelay } from './support/relay-under-test.js';

let rabbitMq: RabbitMq;

beforeAll(async () => {
  rabbitMq = await RabbitMq.start();
}, 120_000);

afterAll(() => rabbitMq.stop());

const EXCEPTIONS: ContractExceptions = {
  'history: *': 'the broker keeps none',
};

describe('RabbitMQ', () => {
  describeBroker('shared', (broker, more) => startRelay(rabbitMq.port, 'shared', broker, more), EXCEPTIONS);
});

describe('RabbitMQ', () => {
  describeBroker('per session', (broker, more) => startRelay(rabbitMq.port, 'per-session', broker, more), EXCEPTIONS);
});
