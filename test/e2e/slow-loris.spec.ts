import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Module, type INestApplication } from '@nestjs/common';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { StompModule } from '../../lib/index.js';
import { upgradeRequest } from '../transport/transport-server.js';
import { StompSocket } from '../utils/stomp-socket.js';

@Module({ imports: [StompModule.forRoot({ transport: { timeToFirstMessage: 1_000, closeTimeout: 200 } })] })
class AppModule {}

/** Sends something again and again, as long as the server lets it. */
function dribble(socket: Socket, pieces: Iterable<Buffer>): void {
  const rest = pieces[Symbol.iterator]();
  const timer = setInterval(() => {
    const { done, value } = rest.next();
    if (done) clearInterval(timer);
    else socket.write(value as Buffer);
  }, 20);
  socket.once('close', () => clearInterval(timer));
}

function bytesOf(data: string | Buffer): Buffer[] {
  return [...Buffer.from(data)].map((byte) => Buffer.from([byte]));
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('A client that takes its time, on %s', (_, adapter) => {
  let app: INestApplication;
  let port: number;

  beforeEach(async () => {
    app = await NestFactory.create(AppModule, adapter() as ExpressAdapter, { logger: false });
    // As docs/limits.md says, with smaller numbers.
    const server = app.getHttpServer() as Server & { connectionsCheckingInterval: number };
    server.headersTimeout = 300;
    server.connectionsCheckingInterval = 100;
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });

  afterEach(() => app.close());

  /** A connection, what comes over it, and its end. */
  function open() {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', () => {});
    const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
    return { socket, closed };
  }

  it('is cut off if it says nothing, or its request byte by byte, while others are served', async () => {
    const control = await StompSocket.connect(`http://127.0.0.1:${port}/ws`);
    const silent = Array.from({ length: 50 }, open);
    const dribbling = Array.from({ length: 50 }, open);
    for (const { socket } of dribbling) dribble(socket, bytesOf(upgradeRequest('/ws')));
    const answers = Promise.all([...silent, ...dribbling].map(({ closed }) => closed));
    for (let i = 0; i < 20; i++) await control.receipt('SEND\ndestination:/topic/a\n\n\0');
    for (const answer of await answers) expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
    await control.receipt('SEND\ndestination:/topic/a\n\n\0');
  });

  it('is cut off if its CONNECT comes byte by byte', async () => {
    const { socket, closed } = open();
    socket.write(upgradeRequest('/ws'));
    await once(socket, 'data');
    const frame = (byte: Buffer): Buffer => Buffer.concat([Buffer.from([0x82, 0x81, 0, 0, 0, 0]), byte]);
    dribble(socket, bytesOf(`CONNECT\naccept-version:1.2\nx:${'x'.repeat(2_000)}`).map(frame));
    expect(await closed).toContain('No CONNECT came within 1 s.');
  });
});
