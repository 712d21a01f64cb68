// The whole way without sockets: bytes of a client into its session, and frames out of the sessions that get something.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageMapping, Payload, SendToUser, StompModule } from '../../dist/index.js';
import { StompRuntime } from '../../dist/stomp.runtime.js';
import { InMemoryConnection } from '../../dist/testing/in-memory.connection.js';

class Echo {
  echo(payload) {
    return payload;
  }
}
const echo = Object.getOwnPropertyDescriptor(Echo.prototype, 'echo');
Reflect.defineMetadata('design:paramtypes', [Object], Echo.prototype, 'echo');
Payload()(Echo.prototype, 'echo', 0);
MessageMapping('/echo')(Echo.prototype, 'echo', echo);
SendToUser('/queue/echo', { broadcast: false })(Echo.prototype, 'echo', echo);
Controller()(Echo);

class AppModule {}
Module({ imports: [StompModule.forRoot()], controllers: [Echo] })(AppModule);

/** Bytes → session → handler or broker → sessions → frames. */
export async function conversations() {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.init();
  const runtime = app.get(StompRuntime);
  const client = open(runtime);
  subscribe(client, '/user/queue/echo');
  const lonely = open(runtime);
  subscribe(lonely, '/topic/one');
  for (let i = 0; i < 1_000; i++) subscribe(open(runtime), '/topic/many');
  return [
    { part: 'session', name: 'SEND that nobody hears', run: sending(client, '/topic/none', 0) },
    { part: 'session', name: 'SEND to one subscriber', run: sending(client, '/topic/one', 1) },
    {
      part: 'session',
      name: 'SEND to 1,000 subscribers, each',
      run: sending(client, '/topic/many', 1_000),
      per: 1_000,
    },
    { part: 'session', name: 'SEND to a handler, and its answer', run: sending(client, '/app/echo', 1) },
  ];
}

let frames = 0;

function open(runtime) {
  const peer = {
    onFrame: () => frames++,
    onClose(code, reason) {
      throw new Error(`A session was closed: ${code} ${reason}`);
    },
  };
  const connection = new InMemoryConnection(peer);
  runtime.sessions.open(connection);
  deliver(connection, 'CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n\n\0');
  return connection;
}

function subscribe(connection, destination) {
  deliver(connection, `SUBSCRIBE\nid:0\ndestination:${destination}\n\n\0`);
}

function deliver(connection, text) {
  connection.deliver(Buffer.from(text));
}

/** @param answers how many frames each SEND makes */
function sending(connection, destination, answers) {
  const body = '{"m":"hello, hello, hello"}';
  const head = `SEND\ndestination:${destination}\ncontent-type:application/json\ncontent-length:${body.length}`;
  const bytes = Buffer.from(`${head}\n\n${body}\0`);
  return (count) => {
    const before = frames;
    for (let i = 0; i < count; i++) connection.deliver(bytes);
    const made = frames - before;
    if (made !== count * answers) throw new Error(`${destination}: ${made} frames instead of ${count * answers}`);
  };
}
