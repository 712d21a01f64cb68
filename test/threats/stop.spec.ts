import { SocketServer } from '../utils/socket-server.js';
import { many, SETTINGS } from './support/attack.js';

describe.each(SETTINGS)('A server that stops, %s,', (_, options) => {
  it('says goodbye with 1001 to 200 clients in the middle of a flood, and has delivered what it gave a RECEIPT for', async () => {
    const server = await SocketServer.start(options);
    const listener = await server.connect();
    await listener.subscribe('s', '/topic/flood');
    const clients = await many(200, () => server.connect());
    for (const [index, client] of clients.entries()) {
      for (let i = 0; i < 20; i++) client.write(`SEND\ndestination:/topic/flood\nreceipt:${i}\n\n${index} ${i}\0`);
    }
    await clients[0]!.next('RECEIPT');
    const start = performance.now();
    await server.stop();
    expect(performance.now() - start).toBeLessThan(10_000);
    for (const client of [listener, ...clients]) expect(await client.closed).toMatchObject({ code: 1001 });
    const delivered = new Set(listener.take('MESSAGE').map(({ text }) => text));
    const receipted = clients.flatMap((client, index) =>
      client.take('RECEIPT').map((frame) => `${index} ${frame.header('receipt-id')}`),
    );
    expect(receipted.filter((body) => !delivered.has(body))).toEqual([]);
    expect(delivered.size).toBeGreaterThan(0);
    expect(server.errors).toEqual([]);
  });
});
