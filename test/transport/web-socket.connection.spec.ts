import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { makeCertificate } from '../utils/certificate.js';
import { binaryFrame, Messages, rawExchange, startServer, textFrame, upgradeRequest } from './transport-server.js';

describe('WebSocketConnection', () => {
  const frame = (...bytes: number[]): Buffer => Buffer.from(bytes);

  it('delivers what the client sends and sends what it is given', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    client.send('hi');
    expect(await messages.text()).toBe('hi');
    expect(server.peers[0]!.connection).toMatchObject({ transport: 'websocket', protocol: '' });
    expect(server.peers[0]!.connection.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
  });

  it('sends text frames as text and others as binary messages', async () => {
    const server = await startServer({
      onText: (text, { connection }) => {
        connection.send(textFrame(text));
        connection.send(binaryFrame(Buffer.from([0xff, 0])));
      },
    });
    const client = await server.open();
    const messages = new Messages(client);
    client.send(Buffer.from('ü'));
    expect(await messages.next()).toEqual({ text: 'ü', isBinary: false });
    expect((await messages.next()).isBinary).toBe(true);
  });

  it.each([0, 1, 125, 126, 65_535, 65_536, 300_000])('frames a message of %d bytes', async (length) => {
    const server = await startServer({
      onText: (_, { connection }) => connection.send(textFrame('x'.repeat(length))),
    });
    const client = await server.open();
    const messages = new Messages(client);
    client.send('go');
    expect((await messages.text()).length).toBe(length);
  });

  it('makes the WebSocket frame once for all receivers', async () => {
    const server = await startServer();
    const clients = [await server.open(), await server.open()];
    const frame = textFrame('news');
    const inboxes = clients.map((client) => new Messages(client));
    server.peers[0]!.connection.send(frame);
    const made = frame.webSocketFrame;
    server.peers[1]!.connection.send(frame);
    expect(frame.webSocketFrame).toBe(made);
    expect(await Promise.all(inboxes.map((inbox) => inbox.text()))).toEqual(['news', 'news']);
  });

  it('joins all frames of one turn into one write and keeps their order', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    const [{ connection }] = server.peers as [(typeof server.peers)[0]];
    const texts = Array.from({ length: 1_000 }, (_, i) => `message ${i}`);
    for (const text of texts) connection.send(textFrame(text));
    expect(connection.bufferedBytes).toBeGreaterThan(10_000);
    expect(await messages.take(1_000)).toEqual(texts);
    expect(connection.bufferedBytes).toBe(0);
  });

  it('writes what is buffered before the close frame', async () => {
    const server = await startServer({
      onText: (_, { connection }) => {
        connection.send(textFrame('one'));
        connection.send(textFrame('two'));
        connection.close(4408, 'bye');
        connection.send(textFrame('three'));
        connection.close(1000, 'again');
      },
    });
    const client = await server.open();
    const messages = new Messages(client);
    client.send('go');
    expect(await messages.take(2)).toEqual(['one', 'two']);
    expect(await messages.closed).toEqual({ code: 4408, reason: 'bye' });
    expect(await server.peers[0]!.closed).toEqual({ code: 4408, reason: 'bye' });
  });

  it('writes what is buffered before it answers the close frame of the client', async () => {
    const server = await startServer({
      onText: (_, { connection }) => {
        for (let i = 0; i < 3; i++) connection.send(textFrame(`${i}`));
      },
    });
    const client = await server.open();
    const messages = new Messages(client);
    client.send('go');
    client.close(1000);
    expect(await messages.take(3)).toEqual(['0', '1', '2']);
    expect((await messages.closed).code).toBe(1000);
  });

  it('closes with a code that may be sent and a reason that fits', async () => {
    const server = await startServer();
    const first = new Messages(await server.open());
    server.peers[0]!.connection.close(42, 'ü'.repeat(100));
    const { code, reason } = await first.closed;
    expect(code).toBe(1000);
    expect(reason).toBe(`${'ü'.repeat(60)}…`);
  });

  it('closes while the client is made to wait', async () => {
    const server = await startServer();
    const messages = new Messages(await server.open());
    const { connection, closed } = server.peers[0]!;
    connection.pause();
    connection.close(1001, 'bye');
    expect((await messages.closed).code).toBe(1001);
    expect((await closed).code).toBe(1001);
  });

  it('does not read while it is paused', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    const { connection, received } = server.peers[0]!;
    connection.pause();
    client.send('later');
    const other = await server.open();
    const otherMessages = new Messages(other);
    other.send('now');
    await otherMessages.text();
    expect(received).toEqual([]);
    connection.resume();
    expect(await messages.text()).toBe('later');
  });

  it.each(['client', 'server'])('waits for nothing more once both have said goodbye, the %s first', async (first) => {
    const server = await startServer({ transport: { closeTimeout: 60_000 } });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(upgradeRequest('/ws'));
    await once(socket, 'data');
    const { connection, closed } = server.peers[0]!;
    if (first === 'server') {
      connection.close(1000, 'bye');
      await once(socket, 'data');
    }
    socket.write(frame(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8));
    expect((await closed).code).toBe(1000);
    socket.destroy();
  });

  it('loses nothing that a client has not read yet when it says goodbye', async () => {
    const server = await startServer({
      onText: (_, { connection }) => {
        for (let i = 0; i < 100; i++) connection.send(textFrame(`${i}`.padEnd(65_536)));
      },
    });
    const client = await server.open();
    const messages = new Messages(client);
    client.send('go');
    client.close(1000);
    expect((await messages.take(100)).map(Number)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect((await messages.closed).code).toBe(1000);
  });

  it('says goodbye in TLS, too', async () => {
    const { key, cert } = makeCertificate();
    const https = createHttpsServer({ key, cert, maxVersion: 'TLSv1.2' });
    const server = await startServer({ server: https as unknown as Server });
    const records: Buffer[] = [];
    const tap = createServer((client) => {
      const line = connect(server.port, '127.0.0.1');
      line.on('data', (data: Buffer) => records.push(data));
      client.pipe(line).pipe(client);
    });
    await once(tap.listen(0, '127.0.0.1'), 'listening');
    const { port } = tap.address() as AddressInfo;
    const socket = tlsConnect({ port, host: '127.0.0.1', ca: cert, servername: 'localhost' });
    socket.write(upgradeRequest('/ws'));
    await once(socket, 'data');
    server.peers[0]!.connection.close(1000, 'bye');
    await once(socket, 'data');
    socket.write(frame(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8));
    await once(socket, 'end');
    const alert = 0x15;
    expect(records.at(-1)![0]).toBe(alert);
    tap.close();
  });

  it('cuts a client that does not answer the close frame', async () => {
    const server = await startServer({ transport: { closeTimeout: 100 } });
    const { socket } = await server.upgrade();
    socket.pause();
    const [{ connection, closed }] = server.peers as [(typeof server.peers)[0]];
    connection.close(1000, '');
    expect((await closed).code).toBe(1006);
  });

  it('terminates at once', async () => {
    const server = await startServer();
    const messages = new Messages(await server.open());
    server.peers[0]!.connection.terminate();
    expect((await messages.closed).code).toBe(1006);
    expect((await server.peers[0]!.closed).code).toBe(1006);
  });

  it('tells of a message over the limit before it closes with 1009', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    client.send('x'.repeat(4 * 65_536 + 1));
    expect(await messages.text()).toBe('ERROR');
    expect(await messages.closed).toEqual({ code: 1009, reason: 'too big' });
    expect(server.peers[0]!.tooBig).toBe(4 * 65_536);
    expect((await server.peers[0]!.closed).code).toBe(1009);
  });

  it('holds nothing of a message of 32 MB, even if the client sends all of it', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    const payload = Buffer.alloc(32 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
    client.send(payload, { mask: false });
    client.close();
    await messages.closed;
    clearInterval(sampler);
    expect(server.peers[0]!.received).toEqual([]);
    expect(most - before).toBeLessThan(48 * 1024 * 1024);
  });

  it('tells of a message over the limit that comes in many fragments', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    for (let i = 0; i < 10; i++) client.send('x'.repeat(65_536), { fin: false });
    expect(await messages.text()).toBe('ERROR');
    expect((await messages.closed).code).toBe(1009);
  });

  it.each([
    ['a reserved bit', frame(0xc1, 0x80, 0, 0, 0, 0), 1002],
    ['an unknown opcode', frame(0x83, 0x80, 0, 0, 0, 0), 1002],
    ['a frame without a mask', frame(0x81, 0x01, 0x61), 1002],
    ['a continuation of nothing', frame(0x80, 0x80, 0, 0, 0, 0), 1002],
    ['a long ping', frame(0x89, 0xfe, 0, 126, 0, 0, 0, 0), 1002],
    ['text that is not UTF-8', frame(0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28), 1007],
    ['a length of 2^63', frame(0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0), 1009],
    ['an invalid close code', frame(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed), 1002],
  ])('closes only the connection that sends %s', async (_, bytes, code) => {
    const server = await startServer();
    const bystander = await server.open();
    const messages = new Messages(bystander);
    const { socket } = await server.upgrade();
    const answer: Buffer[] = [];
    socket.on('data', (data) => answer.push(data));
    socket.write(bytes);
    await once(socket, 'close');
    const [close] = [Buffer.concat(answer)];
    const at = close.lastIndexOf(0x88);
    expect(close.readUInt16BE(at + 2)).toBe(code);
    bystander.send('still here');
    expect(await messages.text()).toBe('still here');
  });

  it('closes a connection that sends endless empty fragments', async () => {
    const server = await startServer();
    const { socket } = await server.upgrade();
    socket.write(frame(0x01, 0x80, 0, 0, 0, 0));
    socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => frame(0x00, 0x80, 0, 0, 0, 0))));
    await once(socket, 'close');
    expect((await server.peers[0]!.closed).code).toBe(1008);
  });

  it('accepts a message that comes byte by byte', async () => {
    const server = await startServer();
    const { socket } = await server.upgrade();
    const peer = server.peers[0]!;
    socket.setNoDelay(true);
    const message = Buffer.from('SEND\n\n\0'.repeat(10));
    const bytes = Buffer.concat([frame(0x81, 0x80 | message.length, 0, 0, 0, 0), message]);
    for (const byte of bytes) await new Promise<void>((resolve) => socket.write(frame(byte), () => resolve()));
    await once(socket, 'data');
    expect(peer.received).toEqual([message.toString()]);
  });

  it('takes messages that come in the same packet as the upgrade request', async () => {
    const server = await startServer();
    const { socket } = await rawExchange(
      server.port,
      Buffer.concat([Buffer.from(upgradeRequest('/ws')), frame(0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69)]),
    );
    const peer = server.peers[0]!;
    if (peer.received.length === 0) await once(socket, 'data');
    expect(peer.received).toEqual(['hi']);
  });

  it('answers pings between frames', async () => {
    const server = await startServer();
    const client = await server.open();
    const messages = new Messages(client);
    client.ping('are you there');
    const [pong] = (await once(client, 'pong')) as [Buffer];
    expect(pong.toString()).toBe('are you there');
    client.send('hi');
    expect(await messages.text()).toBe('hi');
  });

  it('survives clients that vanish at every moment', async () => {
    const server = await startServer({
      onText: (text, { connection }) => {
        for (let i = 0; i < 100; i++) connection.send(textFrame(text.repeat(100)));
      },
    });
    for (let i = 0; i < 50; i++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(upgradeRequest('/ws').slice(0, 20 + i * 4));
      if (i % 2) socket.write(frame(0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69));
      socket.resetAndDestroy();
    }
    const client = await server.open();
    const messages = new Messages(client);
    client.send('x');
    expect(await messages.text()).toBe('x'.repeat(100));
    expect(server.errors).toEqual([]);
  });
});
