// Servers over node:cluster, Redis or NATS; or one alone. Each tells its port, publishes when it is told to, and says what it has used.
import cluster from 'node:cluster';
import { NestFactory } from '@nestjs/core';
import { connectWorkers } from '../../dist/cluster/index.js';
import { SimpMessagingTemplate, StompModule } from '../../dist/index.js';

const { servers, options, size } = JSON.parse(process.argv[2]);

if (cluster.isPrimary) {
  process.on('disconnect', () => process.exit());
  connectWorkers();
  const ports = [];
  cluster.on('message', (_, { port, used }) => {
    if (port && ports.push(port) === servers) process.send({ ports });
    if (used) process.send({ used });
  });
  for (let i = 0; i < servers; i++) cluster.fork();
  process.on('message', (message) => {
    const workers = Object.values(cluster.workers);
    if (message.publish) workers[0].send(message);
    if (!message.ask) return;
    for (const worker of workers) worker.send(message);
    process.send({ used: seconds() });
  });
} else {
  const stomp = StompModule.forRoot({ ...(options && { cluster: options }) });
  const app = await NestFactory.create(stomp, { logger: ['error'] });
  await app.init();
  const http = app.getHttpServer();
  await new Promise((resolve) => http.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve));
  const template = app.get(SimpMessagingTemplate);
  const body = Buffer.alloc(size, 'x');
  process.on('message', async ({ publish, destination, ask }) => {
    if (ask) process.send({ used: seconds() });
    for (let i = 0; i < (publish ?? 0); i++)
      template.convertAndSend(destination, body, { 'content-type': 'text/plain' });
  });
  process.send({ port: http.address().port });
}

function seconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
