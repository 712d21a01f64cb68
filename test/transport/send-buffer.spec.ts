import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Messages, startServer, textFrame, type Peer } from './transport-server.js';

describe('The send buffer', () => {
  it('takes a burst of many times its limit for a client that reads', async () => {
    const server = await startServer({ transport: { sendBufferSizeLimit: 786_432 } });
    const client = await server.open();
    const messages = new Messages(client);
    const { connection } = server.peers[0]!;
    const text = 'x'.repeat(1_024);
    for (let i = 0; i < 10_000; i++) connection.send(textFrame(`${i} ${text}`));
    expect(connection.bufferedBytes).toBeGreaterThan(786_432);
    const texts = await messages.take(10_000);
    expect(texts.map((message) => Number.parseInt(message, 10))).toEqual(texts.map((_, i) => i));
    expect(server.peers[0]!.drains).toBeGreaterThan(0);
  });

  it('closes a client that does not read with 4500 and leaves the others alone', async () => {
    const server = await startServer({ transport: { closeTimeout: 200 } });
    const [frozen, frozenSocket] = await openFrozen(server);
    const client = await server.open();
    const messages = new Messages(client);
    const reader = server.peers[1]!;
    const text = 'x'.repeat(16_384);
    let isClosed = false;
    void frozen.closed.then(() => (isClosed = true));
    let sent = 0;
    while (!isClosed) {
      const frame = textFrame(`${sent++} ${text}`);
      frozen.connection.send(frame);
      reader.connection.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await frozen.closed).toEqual({ code: 4500, reason: 'More than 524288 bytes wait to be read' });
    const texts = await messages.take(sent);
    expect(texts.map((message) => Number.parseInt(message, 10))).toEqual(texts.map((_, i) => i));
    frozenSocket.destroy();
  });

  it('takes no burst of more than 16 times its limit, and closes with 4500 before the turn is over', async () => {
    const server = await startServer({ transport: { sendBufferSizeLimit: 65_536, closeTimeout: 100 } });
    const [frozen, socket] = await openFrozen(server);
    const { connection } = frozen;
    let most = 0;
    for (let i = 0; i < 100; i++) {
      connection.send(textFrame('x'.repeat(1_024 * 1_024)));
      most = Math.max(most, connection.bufferedBytes);
    }
    expect(most).toBeLessThan(16 * 65_536 + 1_024 * 1_024 + 100);
    expect(await frozen.closed).toEqual({ code: 4500, reason: 'More than 65536 bytes wait to be read' });
    socket.destroy();
  });

  it('takes a frame of any size when little waits', async () => {
    const server = await startServer({ transport: { sendBufferSizeLimit: 65_536 } });
    const messages = new Messages(await server.open());
    const { connection } = server.peers[0]!;
    connection.send(textFrame('small'));
    connection.send(textFrame('x'.repeat(16 * 1_024 * 1_024)));
    expect((await messages.take(2)).map(({ length }) => length)).toEqual([5, 16 * 1_024 * 1_024]);
  });

  it('closes a client that takes nothing for too long, however little waits', async () => {
    const server = await startServer({ transport: { sendTimeLimit: 300, sendBufferSizeLimit: 64 * 1024 * 1024 } });
    const [frozen, socket] = await openFrozen(server);
    const frame = textFrame('x'.repeat(1_024 * 1_024));
    for (let i = 0; i < 16; i++) frozen.connection.send(frame);
    expect(await frozen.closed).toEqual({ code: 4500, reason: 'No bytes were read for 300 ms' });
    socket.destroy();
  });

  it('lets a client take its time that takes a little at a time', async () => {
    const server = await startServer({ transport: { sendTimeLimit: 400, sendBufferSizeLimit: 64 * 1024 * 1024 } });
    const [slow, socket] = await openFrozen(server);
    let isClosed = false;
    void slow.closed.then(() => (isClosed = true));
    const frame = textFrame('x'.repeat(1_024 * 1_024));
    for (let i = 0; i < 12; i++) slow.connection.send(frame);
    const start = performance.now();
    // Reads for a moment, then not, for several times the limit.
    while (performance.now() - start < 1_500) {
      const taken = socket.bytesRead;
      socket.resume();
      while (socket.bytesRead - taken < 300_000 && slow.connection.bufferedBytes > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(isClosed).toBe(false);
  });

  it('cuts a frozen client, since it will not read the close frame', async () => {
    const server = await startServer({ transport: { closeTimeout: 100, sendTimeLimit: 100 } });
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const [frozen, socket] = await openFrozen(server);
    const [line] = await accepted;
    frozen.connection.send(textFrame('x'.repeat(16 * 1_024 * 1_024)));
    await frozen.closed;
    await once(line, 'close');
    socket.destroy();
  });
});

/** A client that has opened a WebSocket and reads no more. */
async function openFrozen(server: Awaited<ReturnType<typeof startServer>>): Promise<[Peer, Socket]> {
  const { socket } = await server.upgrade();
  socket.pause();
  return [server.peers.at(-1)!, socket];
}
