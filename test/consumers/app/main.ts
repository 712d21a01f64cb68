// A stranger's application and its client in one process, which ends by itself when all has been closed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type CanActivate, Controller, type ExecutionContext, Injectable, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { MessageMapping, Payload, SendTo, SimpMessagingTemplate, StompModule, StompWsAdapter } from 'nestjs-stomp';
import { StompTestClient } from 'nestjs-stomp/testing';
import { AsyncApiModule, type AsyncApiDocument } from 'nestjs-stomp/asyncapi';
import WebSocket from 'ws';

@Injectable()
class PoliteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getData().please === true;
  }
}

class Question {
  name!: string;
  please?: boolean;
}

@Controller()
class GreetingController {
  // Injected by its type: there must be only one class of this name, however the application imports it.
  constructor(private readonly messagingTemplate: SimpMessagingTemplate) {}

  @MessageMapping('/greet')
  @SendTo('/topic/greetings')
  @UseGuards(PoliteGuard)
  greet(@Payload() question: Question): string {
    assert.ok(this.messagingTemplate instanceof SimpMessagingTemplate);
    return `Hello ${question.name}`;
  }
}

@WebSocketGateway()
class LengthGateway {
  @SubscribeMessage('/app/length')
  @UseGuards(PoliteGuard)
  length(@MessageBody('name') name: string) {
    return { event: 'length', data: name.length };
  }
}

@Module({ imports: [StompModule.forRoot()], controllers: [GreetingController], providers: [LengthGateway] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['fatal', 'error'], abortOnError: false });
  app.useWebSocketAdapter(new StompWsAdapter(app));
  AsyncApiModule.setup('/asyncapi', app, AsyncApiModule.createDocument(app, { title: 'Greetings', version: '1.0.0' }));
  await app.listen(0);
  const { port } = app.getHttpServer().address();

  // Neither class-validator nor class-transformer is installed here.
  const contract = (await (await fetch(`http://localhost:${port}/asyncapi.json`)).json()) as AsyncApiDocument;
  assert.equal(contract.asyncapi, '3.0.0');
  assert.deepEqual(contract.components.schemas, { Question: { type: 'object' } });

  const socket = new WebSocket(`ws://localhost:${port}/ws`, 'v12.stomp');
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = data.toString();
    if (frame.trim() !== '') frames.push(frame);
    socket.emit('frame');
  });
  const until = async (isTheOne: (frame: string) => boolean): Promise<void> => {
    while (!frames.some(isTheOne)) await once(socket, 'frame', { signal: AbortSignal.timeout(5_000) });
  };

  await once(socket, 'open');
  socket.send('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0');
  await until((frame) => frame.startsWith('CONNECTED\n'));
  socket.send('SUBSCRIBE\nid:errors\ndestination:/user/queue/errors\n\n\0');
  socket.send('SUBSCRIBE\nid:greetings\ndestination:/topic/greetings\nreceipt:1\n\n\0');
  await until((frame) => frame.startsWith('RECEIPT\n'));
  socket.send('SEND\ndestination:/app/greet\n\n{"name":"rude"}\0');
  socket.send('SEND\ndestination:/app/greet\n\n{"name":"world","please":true}\0');
  await until((frame) => frame.startsWith('MESSAGE\n') && frame.endsWith('\n\nHello world\0'));
  assert.ok(!frames.some((frame) => frame.includes('Hello rude')), 'The guard has not run.');

  socket.send('SUBSCRIBE\nid:length\ndestination:/user/queue/length\n\n\0');
  socket.send('SEND\ndestination:/app/length\nreceipt:2\n\n{"name":"rude"}\0');
  await until((frame) => frame.includes('\nfailed-receipt:2\n'));
  socket.send('SEND\ndestination:/app/length\nreceipt:3\n\n{"name":"world","please":true}\0');
  await until((frame) => frame.startsWith('RECEIPT\nreceipt-id:3\n'));
  assert.ok(frames.some((frame) => frame.includes('\ndestination:/user/queue/length\n') && frame.endsWith('\n\n5\0')));
  assert.ok(!frames.some((frame) => frame.startsWith('RECEIPT\nreceipt-id:2\n')), 'A failed frame has a RECEIPT.');

  const client = await StompTestClient.connect(app, { user: 'alice' });
  await client.subscribe('/topic/greetings');
  await client.send('/app/greet', { name: 'test', please: true });
  assert.equal(await client.nextBody('/topic/greetings'), 'Hello test');

  const closed = once(socket, 'close');
  await app.close();
  const [code] = await closed;
  assert.equal(code, 1001);
}

void main();
