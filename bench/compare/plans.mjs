// What is measured. The plans of a group are compared with each other, so they run in turn, round by round.
import { Endpoint } from './load/endpoint.mjs';
import { scenarios } from './load/scenarios/index.mjs';
import { targets } from './targets.mjs';

const ALL = Object.keys(targets);
const ONCE_FRAMED = ['nestjs-stomp', 'stomp-limit', 'ws-plain', 'ws-preframed', 'socket.io'];

/**
 * At a fixed rate a server does so little that its compiler takes seconds to get to the end, and of a short measurement a single pause of the
 * machine would be the last percentile.
 */
const AT_A_RATE = 'warmup=5 seconds=10';

/**
 * `among`: only these servers, of those that have what the scenario needs. `most`: so many rounds at most, where one takes long and differs
 * little from the next.
 */
const groups = [
  [{ name: 'fan-out-100', title: 'Fan-out to 100, 16 messages under way', run: 'fanout n=100 window=16' }],
  [{ name: 'fan-out-1000', title: 'Fan-out to 1,000, 16 messages under way', run: 'fanout n=1000 window=16' }],
  [{ name: 'fan-out-100-single', title: 'Fan-out to 100, one message under way', run: 'fanout n=100 window=1' }],
  [{ name: 'fan-out-1000-single', title: 'Fan-out to 1,000, one message under way', run: 'fanout n=1000 window=1' }],
  [{ name: 'echo-1', title: 'Echo through a handler, 1 request under way a client', run: 'echo depth=1' }],
  [{ name: 'echo-4', title: 'Echo through a handler, 4 requests under way a client', run: 'echo depth=4' }],
  [
    { name: 'topics', title: '1,000 exact topics', run: 'topics' },
    { name: 'patterns', title: '1,000 patterns', run: 'patterns' },
    { name: 'users', title: '1,000 users', run: 'users' },
  ],
  [
    {
      name: 'fan-out-latency',
      title: 'Fan-out to 1,000 at 10,000 deliveries a second',
      run: `fanout-latency n=1000 rate=10000 ${AT_A_RATE}`,
      among: ONCE_FRAMED,
    },
  ],
  [
    {
      name: 'echo-latency',
      title: 'Echo at 1,000 requests a second',
      run: `echo-latency rate=1000 ${AT_A_RATE}`,
      among: [...ONCE_FRAMED, 'nest-gateway'],
    },
    {
      name: 'echo-bursts',
      title: 'Echo at 1,000 requests a second, 10 of them at a time',
      run: `echo-latency rate=1000 burst=10 ${AT_A_RATE}`,
      among: [...ONCE_FRAMED, 'nest-gateway'],
    },
  ],
  [{ name: 'churn', title: 'Sessions that connect, subscribe and leave', run: 'churn' }],
  [
    {
      name: 'large-bodies',
      title: 'Bodies of 64 KiB to 100',
      run: 'fanout n=100 window=4 size=65536',
      among: [...ONCE_FRAMED, 'mosquitto'],
    },
  ],
  [
    {
      name: 'slow-consumer',
      title: '200 MB to 20, while one more does not read',
      run: 'slow sleepers=1',
      among: ['nestjs-stomp', 'ws-plain'],
      most: 3,
    },
    {
      name: 'no-slow-consumer',
      title: '200 MB to 20, all of whom read',
      run: 'slow sleepers=0',
      among: ['nestjs-stomp'],
      most: 3,
    },
  ],
  [
    {
      name: 'idle',
      title: '10,000 sessions that do nothing',
      run: 'idle n=10000',
      among: ['nestjs-stomp', 'stomp-limit', 'ws-plain', 'nest-gateway', 'socket.io'],
      most: 3,
    },
  ],
];

/** The plans that are named, or all. @param parameters `seconds` and `warmup`, for those that do not say it themselves */
export function chooseGroups(names, parameters) {
  const known = groups.flat().map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no plan ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  const isWanted = ({ name }) => names.length === 0 || names.includes(name);
  return groups
    .map((group) => group.filter(isWanted).map((plan) => parse(plan, parameters)))
    .filter((group) => group.length > 0);
}

/** A plan that is not among those above: any scenario, with any parameters. */
export function planOf(text, parameters) {
  return parse({ name: text, title: text, run: text }, parameters);
}

export function allTitles() {
  return groups.flat().map(({ name, title }) => `${name.padEnd(20)} ${title}`);
}

/** Whether the server has what the plan asks for. */
export function isFor(plan, name) {
  const endpoint = new Endpoint({ ...targets[name], url: 'ws://127.0.0.1:1' });
  return (plan.among ?? ALL).includes(name) && endpoint.supports(scenarios[plan.scenario]);
}

function parse(plan, parameters) {
  const [scenario, ...pairs] = plan.run.trim().split(/\s+/);
  const found = scenarios[scenario];
  if (!found) throw new Error(`There is no scenario ${scenario}. There are: ${Object.keys(scenarios).join(', ')}`);
  const isFresh = found.isFresh === true;
  // How long those take that want a fresh server is what they are about. What a plan says of itself holds in any case.
  const params = { ...found.defaults, ...(isFresh ? {} : parameters) };
  for (const pair of pairs) {
    const [key, value] = pair.split('=');
    if (!(key in params)) throw new Error(`${scenario} has no ${key}. It has: ${Object.keys(params).join(', ')}`);
    params[key] = Number(value);
  }
  return { ...plan, scenario, params, isFresh };
}
