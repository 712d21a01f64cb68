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
const EXCEPTIONS: ContractExceptions = {};

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
    { ...PER_SESSION_EXCEPTIONS, ...EXCEPTIONS },
    TRAITS,
  );
});
