import { churn } from './churn.mjs';
import { echo, echoLatency } from './echo.mjs';
import { fanout, fanoutLatency } from './fanout.mjs';
import { idle } from './idle.mjs';
import { patterns, topics, users } from './routed.mjs';
import { slow } from './slow.mjs';

/** Each has the addresses that a server must have for it (`needs`), the `unit` of what it counts, its `defaults`, and `run`. */
export const scenarios = {
  fanout,
  'fanout-latency': fanoutLatency,
  echo,
  'echo-latency': echoLatency,
  topics,
  patterns,
  users,
  churn,
  idle,
  slow,
};
