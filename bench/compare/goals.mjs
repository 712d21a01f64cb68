// What is to be reached, as ratios of medians. A goal is judged if both of its runs are there.
import { bytesPerSession, count, incomplete, p99, perCpuSecond, rssGrowth } from './report/figures.mjs';

/** What may wait for one client at most, within a turn (16 times `transport.sendBufferSizeLimit`), and as much again for a heap in use. */
const SLOW_CONSUMER_BYTES = 2 * 16 * 524_288;

const goals = [
  ...['fan-out-100', 'fan-out-1000'].flatMap((plan) => [
    atLeast(0.8, plan, 'stomp-limit'),
    atLeast(6, plan, 'socket.io'),
  ]),
  ...['fan-out-100-single', 'fan-out-1000-single'].flatMap((plan) => [
    atLeast(0.9, plan, 'ws-preframed'),
    atLeast(1.3, plan, 'socket.io'),
  ]),
  ...['echo-1', 'echo-4'].flatMap((plan) => [atLeast(0.75, plan, 'ws-plain'), atLeast(1.3, plan, 'nest-gateway')]),
  atLeast(0.8, 'topics', 'ws-plain'),
  atLeast(0.8, 'patterns', 'nestjs-stomp', 'topics'),
  atLeast(0.7, 'users', 'nestjs-stomp', 'topics'),
  atLeast(1.3, 'users', 'socket.io'),
  atMost(1.2, 'fan-out-latency', 'ws-plain', p99),
  atMost(1.2, 'echo-latency', 'ws-plain', p99),
  atLeast(0.9, 'churn', 'stomp-limit'),
  atLeast(0.9, 'large-bodies', 'ws-plain'),
  {
    ...atMost(1.5, 'slow-consumer', 'nestjs-stomp', p99, 'no-slow-consumer'),
    text: 'p99 of the others: ≤ 1.5 × without the slow one',
  },
  {
    plan: 'slow-consumer',
    text: `RSS grows by ≤ ${SLOW_CONSUMER_BYTES / 2 ** 20} MiB more than without the slow one`,
    measure(results) {
      const grown = difference(
        results,
        ['slow-consumer', 'no-slow-consumer'],
        ['nestjs-stomp', 'nestjs-stomp'],
        rssGrowth,
      );
      return (
        grown && { shown: `${(grown.value / 2 ** 20).toFixed(0)} MiB`, isReached: grown.value <= SLOW_CONSUMER_BYTES }
      );
    },
  },
  {
    plan: 'slow-consumer',
    text: 'all others get everything',
    measure(results) {
      const missing = results.total('slow-consumer', 'nestjs-stomp', incomplete);
      return missing === undefined ? undefined : { shown: `${missing} did not`, isReached: missing === 0 };
    },
  },
  {
    plan: 'idle',
    text: '≤ 4,096 bytes a session more than ws',
    measure(results) {
      const more = difference(results, ['idle', 'idle'], ['nestjs-stomp', 'ws-plain'], bytesPerSession);
      return more && { shown: `${count(Math.round(more.value))} bytes`, isReached: more.value <= 4096 };
    },
  },
  {
    plan: 'micro',
    text: 'a handler: ≤ 2,000 ns more than a plain call',
    measure: (_, micro) => dispatchCost(micro, 'a handler, three parameters', 'a plain call, three arguments'),
  },
  {
    plan: 'micro',
    text: 'a handler: ≤ 2,000 ns more than by ExternalContextCreator',
    measure: (_, micro) =>
      dispatchCost(micro, 'a handler, three parameters', 'Nest: ExternalContextCreator, three parameters'),
  },
  {
    plan: 'micro',
    text: 'one that validates: ≤ 2,000 ns more than ValidationPipe alone',
    measure: (_, micro) =>
      dispatchCost(micro, 'a handler that validates its payload', 'ValidationPipe and class-validator alone'),
  },
];

/**
 * @param micro what the parts of the library took, if that was measured
 * @returns the goals for which there are figures: `plan`, `text`, `shown`, `isReached`
 */
export function judge(results, micro = []) {
  return goals
    .map(({ plan, text, measure }) => ({ plan, text, verdict: measure(results, micro) }))
    .filter(({ verdict }) => verdict !== undefined)
    .map(({ plan, text, verdict }) => ({ plan, text, ...verdict }));
}

function atLeast(bound, plan, other, otherPlan = plan) {
  const text = `≥ ${bound} × ${nameOf(other, otherPlan, plan)}`;
  return { plan, text, measure: (results) => ratio(results, plan, other, otherPlan, perCpuSecond, (r) => r >= bound) };
}

function atMost(bound, plan, other, read, otherPlan = plan) {
  const text = `p99 ≤ ${bound} × ${nameOf(other, otherPlan, plan)}`;
  return { plan, text, measure: (results) => ratio(results, plan, other, otherPlan, read, (r) => r <= bound) };
}

function nameOf(other, otherPlan, plan) {
  return otherPlan === plan ? other : `${other}, ${otherPlan}`;
}

function ratio(results, plan, other, otherPlan, read, isReached) {
  const mine = results.median(plan, 'nestjs-stomp', read);
  const others = results.median(otherPlan, other, read);
  if (mine === undefined || others === undefined) return undefined;
  return { shown: (mine / others).toFixed(2), isReached: isReached(mine / others) };
}

function dispatchCost(micro, own, other) {
  const [mine, others] = [own, other].map((name) => micro.find((row) => row.name === name)?.ns);
  if (mine === undefined || others === undefined) return undefined;
  return { shown: `${count(Math.round(mine - others))} ns`, isReached: mine - others <= 2_000 };
}

function difference(results, plans, servers, read) {
  const [mine, others] = plans.map((plan, i) => results.median(plan, servers[i], read));
  return mine === undefined || others === undefined ? undefined : { value: mine - others };
}
