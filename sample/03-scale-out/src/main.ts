import cluster from 'node:cluster';
import { runPrimary } from './primary.js';
import { runServer } from './server.js';

if (cluster.isPrimary) runPrimary();
else await runServer();
