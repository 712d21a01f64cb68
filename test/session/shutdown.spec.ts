import { once } from 'node:events';
import { connect } from 'node:net';
import { rawExchange, upgradeRequest } from '../transport/transport-server.js';
import { deferred, type Deferred } from '../utils/deferred.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';
import type { WireKind } from '../utils/wires.js';

const GOODBYE = { code: 1001, reason: 'Server is shutting down' };
const FRAMES = 50;

let entered: Deferred;
let work: Deferred;
let handled: number;
let server: SocketServer;

const OPTIONS: SocketServerOptions = {
  application: async ({ headers: { command, destination } }) => {
    if (command !== 'SEND' || destination !== '/app/work') return;
    entered.resolve();
    await work.promise;
    await server.runtime.template.convertAndSend('/topic/done', String(++handled));
  },
};

async function start(options: SocketServerOptions = {}): Promise<void> {
  entered = deferred();
  work = deferred();
  handled = 0;
  server = await SocketServer.start({ ...OPTIONS, ...options });
}

const send = (receipt: string | number): string => `SEND\ndestination:/app/work\nreceipt:${receipt}\n\n\0`;

afterEach(() => server.stop());

describe.each<WireKind>(['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'])('At the end, over %s', (wire) => {
  it('all that has been received is done and answered, nothing else, and then comes 1001', async () => {
    await start();
    const alice = await server.connect('1.2', '', { wire });
    const bob = await server.connect('1.2', '', { wire });
    await bob.subscribe('0', '/topic/done');
    // One message of the transport: the server has all of it when the first frame is handled.
    alice.write(Array.from({ length: FRAMES }, (_, number) => send(number)).join(''));
    await entered.promise;
    const stopped = server.stop();
    alice.write(send('too late'));
    bob.write(send('too late'));
    expect((await rawExchange(server.port, upgradeRequest('/ws'))).status).toBe(503);
    work.resolve();

    expect([await alice.closed, await bob.closed]).toEqual([GOODBYE, GOODBYE]);
    await stopped;
    const receipts = [...alice.take('RECEIPT'), ...bob.take('RECEIPT')].map((frame) => frame.header('receipt-id'));
    const numbers = Array.from({ length: FRAMES }, (_, number) => String(number));
    expect(receipts).toEqual(numbers);
    expect(bob.take('MESSAGE').map(({ text }) => Number(text))).toEqual(numbers.map((number) => Number(number) + 1));
    expect(handled).toBe(FRAMES);
    expect(server.runtime.sessions.size).toBe(0);
  });

  it('a handler that never ends is abandoned in time, and its client told', async () => {
    await start({ transport: { shutdownTimeout: 400 } });
    const client = await server.connect('1.2', '', { wire });
    client.write(send('never') + send('behind'));
    await entered.promise;
    const begun = performance.now();
    await server.stop();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await client.closed).toEqual(GOODBYE);
    expect(client.take('RECEIPT')).toEqual([]);
    work.resolve();
  });
});

describe('The end', () => {
  it('waits for the frames of a client that has gone meanwhile', async () => {
    await start();
    const client = await server.connect();
    client.write(send('left'));
    await entered.promise;
    client.close();
    await client.closed;
    let hasStopped = false;
    const stopped = server.stop().then(() => (hasStopped = true));
    expect((await rawExchange(server.port, upgradeRequest('/ws'))).status).toBe(503);
    expect([hasStopped, handled]).toEqual([false, 0]);
    work.resolve();
    await stopped;
    expect(handled).toBe(1);
  });

  it('lets a CONNECT that is under way come to its end', async () => {
    await start({ authenticate: async () => (entered.resolve(), await work.promise, { name: 'alice' }) });
    const client = await server.open();
    client.write('CONNECT\naccept-version:1.2\nhost:h\n\n\0');
    await entered.promise;
    const stopped = server.stop();
    work.resolve();
    expect((await client.next('CONNECTED')).header('user-name')).toBe('alice');
    expect(await client.closed).toEqual(GOODBYE);
    await stopped;
  });

  it('says 1001 to those who have not said CONNECT', async () => {
    await start();
    const client = await server.open();
    await server.stop();
    expect(await client.closed).toEqual(GOODBYE);
  });

  it('answers 503 to handshakes that wait for the application, at once', async () => {
    await start({ endpoints: [{ path: '/ws', handshake: () => (entered.resolve(), new Promise<never>(() => {})) }] });
    const hanging = rawExchange(server.port, upgradeRequest('/ws'));
    await entered.promise;
    const begun = performance.now();
    await server.stop();
    expect((await hanging).status).toBe(503);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(server.runtime.stats.snapshot().sessions.refused.shutdown).toBe(1);
  });

  it('does not wait for clients that do not say goodbye', async () => {
    await start({ transport: { shutdownTimeout: 400, closeTimeout: 60_000 } });
    const frozen = connect(server.port, '127.0.0.1').on('error', () => {});
    frozen.write(upgradeRequest('/ws'));
    await once(frozen, 'data');
    frozen.pause();
    const client = await server.connect();
    const closed = new Promise((resolve) => frozen.once('close', resolve));
    const begun = performance.now();
    await server.stop();
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(await client.closed).toEqual(GOODBYE);
    frozen.resume();
    await closed;
  });

  it('takes no heart-beats for missing while it does not read', async () => {
    await start({ broker: { heartbeat: [0, 100] }, transport: { pingInterval: 100 } });
    const client = await server.connect('1.2', 'heart-beat:100,0\n');
    const beats = setInterval(() => client.write('\n'), 50);
    client.write(send('slow'));
    await entered.promise;
    const stopped = server.stop();
    // Longer than silence may last.
    await new Promise<void>((resolve) => server.runtime.wheel.after(600, resolve));
    work.resolve();
    expect(await client.closed).toEqual(GOODBYE);
    clearInterval(beats);
    expect(client.take('RECEIPT')).toHaveLength(1);
    await stopped;
  });

  it('says 1001 to a connection that is opened meanwhile without a handshake', async () => {
    await start();
    const client = await server.connect();
    client.write(send('slow'));
    await entered.promise;
    const stopped = server.stop();
    const { StompTestClient } = await import('../../lib/testing/index.js');
    const late = await StompTestClient.open({ get: () => server.runtime });
    expect((await late.closed).code).toBe(1001);
    work.resolve();
    await stopped;
  });
});
