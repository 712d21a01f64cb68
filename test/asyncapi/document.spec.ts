import 'reflect-metadata';
import { Controller, Injectable, Module, Scope } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { IsString } from 'class-validator';
import { AppModule as SpringGuide } from '../../sample/01-spring-guide/src/app.module.js';
import { AsyncApiModule, type AsyncApiDocumentOptions } from '../../lib/asyncapi/index.js';
import { DestinationVariable, MessageMapping, SendTo, StompModule, SubscribeMapping } from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { createDocument, documentOf } from './create-document.js';
import { EVERY_KIND } from './every-kind.js';
import { faultsOf } from './official-schema.js';

class Line {
  @IsString()
  text!: string;
}

@Controller()
class RoomController {
  @MessageMapping('/room/{id}')
  @SendTo('/topic/room.{id}')
  say(line: Line, @DestinationVariable('id') _id: number): Line {
    return line;
  }

  @SubscribeMapping('/rooms')
  rooms(): number {
    return 1;
  }
}

@Controller()
@MessageMapping('dotted')
class DottedController {
  @MessageMapping('{id}.*')
  say(): string {
    return '';
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedService {
  @MessageMapping('/scoped/${REGION}')
  scoped(): string {
    return 'scoped';
  }
}

@Controller()
class TroubledController {
  @MessageMapping('/{x}')
  @SendTo('/topic/{y}')
  troubled(): void {}
}

const TITLE: AsyncApiDocumentOptions = { title: 'Test', version: '1.0.0' };

describe('The AsyncAPI document', () => {
  it('is valid by the official schema for every kind of mapping', async () => {
    const document = await createDocument(EVERY_KIND, {
      description: 'Everything.',
      servers: { production: { host: 'chat.example.com', protocol: 'wss' }, staging: { host: 'localhost:3000' } },
    });
    expect(faultsOf(document)).toEqual([]);
  });

  it('is valid where nothing has its default name', async () => {
    const document = await createDocument({
      controllers: [DottedController],
      stomp: {
        endpoints: [{ path: ['/stomp', '/other'], sockJs: true }, { path: '/third' }],
        applicationDestinationPrefixes: ['/do/', '/act'],
        userDestinationPrefix: '/me/',
        pathSeparator: '.',
        errorDestination: '/queue/problems',
      },
    });
    expect(faultsOf(document)).toEqual([]);
    expect(Object.entries(document.servers).map(([name, { pathname }]) => [name, pathname])).toEqual([
      ['stomp', '/stomp'],
      ['other', '/other'],
      ['third', '/third'],
    ]);
    expect(document.servers.stomp!.description).toContain('SockJS');
    expect(document.servers.third!.description).not.toContain('SockJS');
    expect(addressesOf(document)).toEqual(['/do/dotted.{id}.*', null, '/topic/dotted.{id}.*', '/me/queue/problems']);
    expect(document.channels['do.dotted.id']!.description).toMatch(/^This address is a pattern: .*\/act may stand for/);
  });

  it('is valid for the sample, and for an application without mappings', async () => {
    const sample = await documentOf(SpringGuide);
    expect(faultsOf(sample)).toEqual([]);
    expect(addressesOf(sample)).toEqual([
      '/app/broadcast',
      null,
      '/topic/broadcast',
      '/app/subscribe/{id}',
      '/app/one',
      '/user/queue/errors',
    ]);
    expect(faultsOf(await createDocument({}))).toEqual([]);
  });

  it('tells who takes and sends what, and where', async () => {
    const { info, servers, channels, operations, components } = await createDocument({ controllers: [RoomController] });
    expect(info).toEqual({ title: 'Test', version: '1.0.0' });
    expect(servers).toEqual({ ws: expect.objectContaining({ protocol: 'ws', pathname: '/ws' }) as object });
    const say = { $ref: '#/components/messages/RoomController.say' };
    const saidThen = { $ref: '#/components/messages/RoomController.say.reply' };
    const parameters = { id: { description: 'A number.' } };
    expect(channels).toEqual({
      'app.room.id': { address: '/app/room/{id}', parameters, messages: { 'RoomController.say': say } },
      'topic.room.id': { address: '/topic/room.{id}', parameters, messages: { 'RoomController.say.reply': saidThen } },
      'reply-to': {
        address: null,
        description: 'A user destination of the client, which its message names in the header `reply-to`.',
        messages: { 'RoomController.say.reply': saidThen },
      },
      'app.rooms': {
        address: '/app/rooms',
        messages: {
          'RoomController.rooms': { $ref: '#/components/messages/RoomController.rooms' },
          'RoomController.rooms.reply': { $ref: '#/components/messages/RoomController.rooms.reply' },
        },
      },
      'user.queue.errors': {
        address: '/user/queue/errors',
        messages: { error: { $ref: '#/components/messages/error' } },
      },
    });
    expect(operations).toEqual({
      'RoomController.say': {
        action: 'receive',
        'x-stomp-command': 'SEND',
        channel: { $ref: '#/channels/app.room.id' },
        messages: [{ $ref: '#/channels/app.room.id/messages/RoomController.say' }],
        reply: {
          address: { location: '$message.header#/reply-to', description: 'If the header is there.' },
          channel: { $ref: '#/channels/reply-to' },
          messages: [{ $ref: '#/channels/reply-to/messages/RoomController.say.reply' }],
        },
      },
      'RoomController.say.reply': {
        action: 'send',
        description: 'Follows what RoomController.say has received.',
        channel: { $ref: '#/channels/topic.room.id' },
        messages: [{ $ref: '#/channels/topic.room.id/messages/RoomController.say.reply' }],
      },
      'RoomController.rooms': {
        action: 'receive',
        'x-stomp-command': 'SUBSCRIBE',
        channel: { $ref: '#/channels/app.rooms' },
        messages: [{ $ref: '#/channels/app.rooms/messages/RoomController.rooms' }],
        reply: {
          channel: { $ref: '#/channels/app.rooms' },
          messages: [{ $ref: '#/channels/app.rooms/messages/RoomController.rooms.reply' }],
        },
      },
      error: expect.objectContaining({ action: 'send', channel: { $ref: '#/channels/user.queue.errors' } }) as object,
    });
    expect(components.schemas).toEqual({
      Line: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    });
    const line = { name: 'Line', contentType: 'application/json', payload: { $ref: '#/components/schemas/Line' } };
    expect(components.messages).toMatchObject({
      'RoomController.say': { ...line, correlationId: { location: '$message.header#/correlation-id' } },
      'RoomController.rooms': { name: 'SUBSCRIBE' },
      'RoomController.rooms.reply': { contentType: 'application/json', payload: { type: 'number' } },
    });
    expect(components.messages['RoomController.say.reply']).toEqual(line);
  });

  it('has servers of the hosts that it is given, at the paths of the endpoints or of a proxy', async () => {
    const stomp = { endpoints: [{ path: ['/ws', '/stomp'] }] };
    const { servers } = await createDocument(
      { stomp },
      {
        servers: {
          production: {
            host: 'chat.example.com',
            protocol: 'wss',
            pathname: '/chat/ws',
            description: 'For customers.',
          },
          here: { host: 'localhost:3000' },
        },
      },
    );
    expect(servers).toEqual({
      production: { host: 'chat.example.com', protocol: 'wss', pathname: '/chat/ws', description: 'For customers.' },
      'here.ws': expect.objectContaining({ host: 'localhost:3000', protocol: 'ws', pathname: '/ws' }) as object,
      'here.stomp': expect.objectContaining({ host: 'localhost:3000', protocol: 'ws', pathname: '/stomp' }) as object,
    });
  });

  it('has nothing of the configuration but what stands in destinations', async () => {
    const document = await createDocument({
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ REGION: 'north', SECRET: 'hidden' })] })],
      providers: [ScopedService],
      stomp: { endpoints: [{ allowedOrigins: ['https://hidden.example.com'] }] },
    });
    expect(addressesOf(document)).toContain('/app/scoped/north');
    expect(JSON.stringify(document)).not.toContain('hidden');
  });

  it('is the same before the start and after it, and does not stand in its way', async () => {
    @Module({ imports: [StompModule.forRoot()], controllers: [RoomController] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    const before = AsyncApiModule.createDocument(app, TITLE);
    await app.init();
    expect(AsyncApiModule.createDocument(app, TITLE)).toEqual(before);
    const alice = await StompTestClient.connect(app);
    await alice.subscribe('/app/rooms');
    expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['1']);
    await app.close();

    const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
    expect(AsyncApiModule.createDocument(context, TITLE)).toEqual(before);
    await context.close();
  });

  it('may be changed without changing the next one', async () => {
    const first = await createDocument({});
    first.components.messages.error!.payload!.type = 'string';
    expect((await createDocument({})).components.messages.error!.payload!.type).toBe('object');
  });
});

describe('AsyncApiModule.createDocument', () => {
  it.each([
    [{ version: '1' }, 'the option asyncapi.title must be a text that is not empty, but it is undefined'],
    [{ title: 'Test' }, 'the option asyncapi.version must be a text that is not empty, but it is undefined'],
    [{ ...TITLE, titel: 'x' }, 'the option asyncapi.titel must be left out'],
    [{ ...TITLE, servers: { a: {} } }, 'the option asyncapi.servers.a.host must be a text that is not empty'],
    [
      { ...TITLE, servers: { a: { host: 'a', protocol: 'http' } } },
      'asyncapi.servers.a.protocol must be one of "ws", "wss"',
    ],
    [{ ...TITLE, servers: 'a' }, 'the option asyncapi.servers must be an object'],
    [undefined, 'the option asyncapi must be an object'],
  ])('refuses %j', async (options, message) => {
    const app = await NestFactory.create(SpringGuide, { logger: false, abortOnError: false });
    expect(() => AsyncApiModule.createDocument(app, options as AsyncApiDocumentOptions)).toThrow(message);
    await app.close();
  });

  it('says which mapping is not possible, as the start would', async () => {
    const message = 'TroubledController.troubled() replies to "/topic/{y}", but its mapping';
    await expect(createDocument({ controllers: [TroubledController] })).rejects.toThrow(message);
  });

  it('needs StompModule, and an application that has been made', async () => {
    @Module({})
    class EmptyModule {}
    const message = 'AsyncApiModule.createDocument(app) needs an application that imports StompModule';
    await expect(documentOf(EmptyModule)).rejects.toThrow(message);
    const preview = await NestFactory.create(SpringGuide, { preview: true, logger: false, abortOnError: false });
    expect(() => AsyncApiModule.createDocument(preview, TITLE)).toThrow(message);
  });
});

function addressesOf({ channels }: Awaited<ReturnType<typeof createDocument>>): (string | null)[] {
  return Object.values(channels).map(({ address }) => address);
}
