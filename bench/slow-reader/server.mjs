import { NestFactory } from '@nestjs/core';
import { StompModule, StompStats } from '../../dist/index.js';

process.on('disconnect', () => process.exit());

const [policy] = process.argv.slice(2);
const app = await NestFactory.create(
  StompModule.forRoot({
    broker: { slowConsumers: [{ destination: '/topic/flood', policy }] },
    // One that is to be kept is not closed for reading nothing.
    transport: policy === 'close' ? {} : { sendTimeLimit: 600_000 },
  }),
  { logger: ['error'] },
);
await app.listen(0, '127.0.0.1');

let before = 0;
let peak = 0;
process.on('message', (message) => {
  if (message === 'measure') {
    before = process.memoryUsage.rss();
    setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  } else {
    const { slowConsumers } = app.get(StompStats).snapshot().broker;
    process.send({ growth: peak - before, slowConsumers });
  }
});
process.send({ port: app.getHttpServer().address().port });
