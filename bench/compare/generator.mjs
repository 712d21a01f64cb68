// One scenario against one running server, in a process of its own; prints the result as JSON.
import { Endpoint } from './load/endpoint.mjs';
import { Meter } from './load/meter.mjs';
import { ProcessTree } from './load/process-tree.mjs';
import { scenarios } from './load/scenarios/index.mjs';

const { endpoint, pid, scenario: name, params } = JSON.parse(process.argv[2]);
const scenario = scenarios[name];
try {
  const server = new ProcessTree(pid);
  const result = await scenario.run({
    endpoint: new Endpoint(endpoint),
    params,
    server,
    meter: new Meter(server),
  });
  console.log(JSON.stringify({ unit: scenario.unit, ...result }));
} catch ({ message }) {
  console.error(`failed: ${message}`);
  process.exitCode = 1;
}
process.exit();
