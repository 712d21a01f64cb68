// A Nest gateway on @nestjs/platform-ws, as its documentation shows it: what a Nest application has without STOMP. A broadcast is a loop over
// the sockets of a topic, since the adapter has no rooms.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

const topics = new Map();

class BenchGateway {
  handleDisconnect(client) {
    for (const topic of client.topics ?? []) topics.get(topic)?.delete(client);
  }

  echo(data) {
    return { event: 'm', data };
  }

  sub(topic, client) {
    (client.topics ??= []).push(topic);
    if (!topics.has(topic)) topics.set(topic, new Set());
    topics.get(topic).add(client);
  }

  pub({ topic, body }) {
    const message = JSON.stringify({ event: 'm', data: body });
    for (const client of topics.get(topic) ?? []) client.send(message);
  }
}

for (const name of ['echo', 'sub', 'pub']) {
  const method = Object.getOwnPropertyDescriptor(BenchGateway.prototype, name);
  SubscribeMessage(name)(BenchGateway.prototype, name, method);
  MessageBody()(BenchGateway.prototype, name, 0);
}
ConnectedSocket()(BenchGateway.prototype, 'sub', 1);
WebSocketGateway({ path: '/ws' })(BenchGateway);

class AppModule {}
Module({ providers: [BenchGateway] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(Number(process.env.PORT), '127.0.0.1');
