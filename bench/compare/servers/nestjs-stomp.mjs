// Ours: an application as a user writes it, on the built package. Everything is as it is by default, but for what the scenarios ask for.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageMapping, Payload, SendToUser, StompModule } from '../../../dist/index.js';

class BenchController {
  echo(payload) {
    return payload;
  }
}
const echo = Object.getOwnPropertyDescriptor(BenchController.prototype, 'echo');
Reflect.defineMetadata('design:paramtypes', [Object], BenchController.prototype, 'echo');
Payload()(BenchController.prototype, 'echo', 0);
MessageMapping('/echo')(BenchController.prototype, 'echo', echo);
SendToUser('/queue/echo', { broadcast: false })(BenchController.prototype, 'echo', echo);
Controller()(BenchController);

class AppModule {}
Module({
  imports: [
    StompModule.forRoot({
      authenticate: ({ login }) => login && { name: login },
      // The scenario of users lets clients send to each other.
      allowSendToUser: true,
      // Bodies of 64 KiB and their headers.
      transport: { messageSizeLimit: 131_072 },
    }),
  ],
  controllers: [BenchController],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(Number(process.env.PORT), '127.0.0.1');
// A profile (`--node-options=--cpu-prof`) is written at a regular end only.
process.on('SIGTERM', () => process.exit());
