// A message to a method with three parameters, by our way and by Nest's own for libraries (`ExternalContextCreator`): what is between the two is
// what ours costs. Both make the payload of the same bytes.
import 'reflect-metadata';
import { Module, ValidationPipe, createParamDecorator } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator, NestFactory } from '@nestjs/core';
import { IsInt, IsString } from 'class-validator';
import { MessageMappingHandler } from '../../dist/handler/message-mapping.handler.js';
import { DestinationVariable, MessageMapping, Payload, Principal, StompModule } from '../../dist/index.js';
import { MessageChannel } from '../../dist/messaging/message-channel.js';
import { Message, MessageHeaders } from '../../dist/messaging/message.js';
import { isPromise } from '../../dist/utils/maybe-promise.js';
import { HeaderList } from '../../dist/utils/header-list.js';

class Say {}
IsString()(Say.prototype, 'text');
IsInt()(Say.prototype, 'number');

const BODY = Buffer.from('{"text":"hello","number":7}');
const VARIABLES = { room: '7' };
const USER = { name: 'alice' };
let calls = 0;

function note(payload, room, user) {
  if (payload.number === 7 && room === '7' && user.name === 'alice') calls++;
}

class Rooms {
  plain(payload, room, user) {
    note(payload, room, user);
  }

  validated(payload, room, user) {
    note(payload, room, user);
  }
}

/** How a library that leaves it all to `ExternalContextCreator` takes arguments from a message. */
class NestRooms {
  plain(payload, room, user) {
    note(payload, room, user);
  }
}
const parsed = createParamDecorator((_, context) => JSON.parse(context.getArgByIndex(0).payload.toString()));
const variable = createParamDecorator((name, context) => context.getArgByIndex(0).variables[name]);
const user = createParamDecorator((_, context) => context.getArgByIndex(0).headers.user);

const pipe = new ValidationPipe({ transform: true });
declare(Rooms, 'plain', Object, [Payload(), DestinationVariable('room'), Principal()]);
declare(Rooms, 'validated', Say, [Payload(pipe), DestinationVariable('room'), Principal()]);
declare(NestRooms, 'plain', Object, [parsed(), variable('room'), user()]);
for (const name of ['plain', 'validated']) {
  MessageMapping(`/rooms/{room}/${name}`)(
    Rooms.prototype,
    name,
    Object.getOwnPropertyDescriptor(Rooms.prototype, name),
  );
}

function declare(classRef, name, payloadType, decorators) {
  Reflect.defineMetadata('design:paramtypes', [payloadType, String, Object], classRef.prototype, name);
  decorators.forEach((decorator, index) => decorator(classRef.prototype, name, index));
}

class AppModule {}
Module({ imports: [StompModule.forRoot()], providers: [Rooms, NestRooms] })(AppModule);

/** Message → controller method. */
export async function dispatch() {
  const handler = await startHandler();
  const { app } = handler;
  const rooms = new Rooms();
  const nestRooms = app.get(NestRooms);
  const external = app
    .get(ExternalContextCreator)
    .create(nestRooms, nestRooms.plain, 'plain', ROUTE_ARGS_METADATA, { exchangeKeyForValue() {} });
  const message = { payload: BODY, variables: VARIABLES, headers: { user: USER } };
  const argument = { type: 'body', metatype: Say };
  return [
    {
      part: 'dispatch',
      name: 'a plain call, three arguments',
      run: counted((count) => {
        for (let i = 0; i < count; i++) rooms.plain(JSON.parse(BODY.toString()), VARIABLES.room, USER);
      }),
    },
    {
      part: 'dispatch',
      name: 'Nest: ExternalContextCreator, three parameters',
      run: counted(async (count) => {
        for (let i = 0; i < count; i++) await external(message);
      }),
    },
    { part: 'dispatch', name: 'a handler, three parameters', run: counted(handling(handler, 'plain')) },
    {
      part: 'dispatch',
      name: 'ValidationPipe and class-validator alone',
      run: async (count) => {
        for (let i = 0; i < count; i++) await pipe.transform(JSON.parse(BODY.toString()), argument);
      },
    },
    { part: 'dispatch', name: 'a handler that validates its payload', run: counted(handling(handler, 'validated')) },
  ];
}

function handling({ mappings }, name) {
  const headers = {
    command: 'SEND',
    destination: `/app/rooms/7/${name}`,
    user: USER,
    nativeHeaders: HeaderList.from({ 'content-type': 'application/json' }),
  };
  const message = new Message(BODY, MessageHeaders.of(headers));
  return async (count) => {
    for (let i = 0; i < count; i++) {
      const handled = mappings.handleMessage(message);
      if (isPromise(handled)) await handled;
    }
  };
}

/** An application, and what in it hands messages to methods. */
async function startHandler() {
  let mappings;
  const { subscribe } = MessageChannel.prototype;
  MessageChannel.prototype.subscribe = function (handler) {
    if (handler instanceof MessageMappingHandler) mappings = handler;
    subscribe.call(this, handler);
  };
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.init();
  MessageChannel.prototype.subscribe = subscribe;
  return { app, mappings };
}

/** Every message must have come to the method, or its speed would mean nothing. */
function counted(run) {
  return async (count) => {
    const before = calls;
    await run(count);
    if (calls !== before + count) throw new Error(`Of ${count} messages ${calls - before} came to the method`);
  };
}
