import { SubscriptionRegistry } from '../../dist/broker/subscription-registry.js';

const NAMES = 1_024;

/** Who gets a message: the look-up of subscriptions. */
export function registry() {
  return [
    lookUp('one of 1,000 exact destinations', 1_000, (i) => `/topic/t${i}`),
    lookUp('one of 100,000 exact destinations', 100_000, (i) => `/topic/t${i}`),
    lookUp(
      'one of 1,000 patterns /topic/*/g7',
      1_000,
      (i) => `/topic/*/g${i}`,
      (i) => `/topic/r3/g${i}`,
    ),
    lookUp(
      'one of 1,000 patterns /topic/*.g7',
      1_000,
      (i) => `/topic/*.g${i}`,
      (i) => `/topic/r3.g${i}`,
    ),
    lookUp(
      'one of 1,000 patterns /topic/r7/**',
      1_000,
      (i) => `/topic/r${i}/**`,
      (i) => `/topic/r${i}/a/b`,
    ),
    { ...lookUp('1,000 sessions at one destination, each', 1_000, () => '/topic/all'), per: 1_000 },
  ];
}

function lookUp(name, size, targetOf, destinationOf = targetOf) {
  const registry = new SubscriptionRegistry('/');
  for (let i = 0; i < size; i++) {
    registry.add({ id: '0', target: targetOf(i), isPrivate: false, receiver: { id: `session-${i}` } });
  }
  const destinations = Array.from({ length: NAMES }, (_, i) => destinationOf((i * 7_919) % size));
  let found = 0;
  const visit = () => found++;
  const run = (count) => {
    for (let i = 0; i < count; i++) registry.match(destinations[i % NAMES], false, visit);
    if (found === 0) throw new Error(`Nothing was found: ${name}`);
  };
  return { part: 'registry', name, run };
}
