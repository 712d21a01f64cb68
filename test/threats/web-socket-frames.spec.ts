import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import type { SocketServer } from '../utils/socket-server.js';
import { rawExchange, upgradeRequest } from '../transport/transport-server.js';
import { attacked, until } from './support/attack.js';

const MASK = [0, 0, 0, 0];
const octets = (...bytes: number[]): Buffer => Buffer.from(bytes);

const PING = Buffer.concat([octets(0x89, 0x80 | 125, ...MASK), Buffer.alloc(125)]);

/** A WebSocket frame of the client, masked with zeros. */
function frame(first: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const length = Buffer.alloc(9, 0xff);
  length.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([octets(first), length, octets(...MASK), body]);
}

async function opened(server: SocketServer) {
  const { socket } = await rawExchange(server.port, upgradeRequest('/ws'));
  return socket;
}

describe('The frames of WebSocket, attacked,', () => {
  it.each([
    ['the second reserved bit', octets(0xa1, 0x80, ...MASK), 1002],
    ['the third reserved bit', octets(0x91, 0x80, ...MASK), 1002],
    ['a control frame of a reserved opcode', octets(0x8b, 0x80, ...MASK), 1002],
    ['a ping in fragments', octets(0x09, 0x80, ...MASK), 1002],
    ['a close frame in fragments', octets(0x08, 0x80, ...MASK), 1002],
    ['a close frame of one octet', octets(0x88, 0x81, ...MASK, 0x03), 1002],
    ['a close frame with a reason that is not UTF-8', octets(0x88, 0x84, ...MASK, 0x03, 0xe8, 0xc3, 0x28), 1007],
    ['a new message within another', octets(0x01, 0x81, ...MASK, 0x61, 0x81, 0x81, ...MASK, 0x61), 1002],
    ['a message of 2^40 octets', octets(0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, ...MASK), 1009],
  ])('closes the connection that sends %s', (_, bytes, code) =>
    attacked({}, async (server) => {
      const socket = await opened(server);
      const answer: Buffer[] = [];
      socket.on('data', (data) => answer.push(data));
      socket.write(bytes);
      await once(socket, 'close');
      const close = Buffer.concat(answer);
      expect(close.readUInt16BE(close.lastIndexOf(0x88) + 2)).toBe(code);
    }),
  );

  it('never unfolds a message that is compressed, though the client asked for it', () =>
    attacked({}, async (server) => {
      const bomb = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
      const size = process.memoryUsage.rss();
      const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
      const { socket, head } = await rawExchange(server.port, upgradeRequest('/ws', headers));
      expect(head.toLowerCase()).not.toContain('permessage-deflate');
      socket.write(frame(0xc2, bomb));
      await once(socket, 'close');
      // The bomb itself was made in this process, before it was measured.
      expect(process.memoryUsage.rss() - size).toBeLessThan(50 * 2 ** 20);
    }));

  it.each([
    ['600,000 fragments of one octet', frame(0x00, 'x')],
    ['500,000 empty fragments', frame(0x00)],
  ])('closes the connection that sends %s', (_, fragment) =>
    attacked({}, async (server) => {
      const socket = await opened(server);
      let isClosed = false;
      socket.on('close', () => (isClosed = true)).on('error', () => {});
      socket.write(frame(0x01, 'SEND\n'));
      const batch = Buffer.concat(Array.from({ length: 10_000 }, () => fragment));
      for (let i = 0; i < 60 && !isClosed; i++) await new Promise((resolve) => socket.write(batch, resolve));
      await until(() => isClosed);
      socket.destroy();
    }),
  );

  it('cuts off a client that sends pings and does not read, before many pongs wait', () =>
    attacked({}, async (server) => {
      const socket = await opened(server);
      await until(() => server.runtime.sessions.size === 3);
      const session = [...server.runtime.sessions].at(-1)!;
      socket.pause().on('error', () => {});
      const batch = Buffer.concat(Array.from({ length: 1_000 }, () => PING));
      let largest = 0;
      for (let i = 0; i < 400 && server.runtime.sessions.size > 2; i++) {
        await new Promise<void>((resolve) => socket.write(batch, () => setImmediate(resolve)));
        largest = Math.max(largest, session.bufferedBytes);
      }
      expect(server.runtime.sessions.get(session.id)).toBeUndefined();
      expect(largest).toBeLessThan(2 ** 20);
      socket.destroy();
    }));
});
