// A server with a relay, in a process of its own.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { StompModule, StompStats } from '../../dist/index.js';

const [port, connections] = process.argv.slice(2);

class AppModule {}
Module({ imports: [StompModule.forRoot({ broker: { kind: 'relay', port: Number(port), connections } })] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({
    cpu: (user + system) / 1_000_000,
    memory: process.memoryUsage.rss() / 1_048_576,
    relay: app.get(StompStats).snapshot().broker.relay,
  });
});
process.send({ port: app.getHttpServer().address().port });
