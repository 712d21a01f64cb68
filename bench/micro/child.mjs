// Runs all micro-benchmarks in one process, and tells what each operation takes: of time, or of bytes that are allocated for it.
import { codec } from './codec.mjs';
import { conversations } from './conversations.mjs';
import { dispatch } from './dispatch.mjs';
import { bytesOf, timesOf } from './measure.mjs';
import { registry } from './registry.mjs';

const measure = { time: timesOf, bytes: bytesOf }[process.argv[2]];
const results = [];
for (const group of [codec, registry, dispatch, conversations]) results.push(...(await measure(await group())));
process.send(results, () => process.exit());
