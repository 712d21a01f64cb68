import { SocketServer } from '../utils/socket-server.js';
import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { SOCK_JS_WIRES, type WireKind } from '../utils/wires.js';

const SENDERS = 10;
const MESSAGES = 1_000;
const SUBSCRIBERS = 10;
const DESTINATION = '/topic/order';

/** Interceptors that wait must not mix up what they hold up. */
const WAITING = { preSend: async <T>(message: T) => (await Promise.resolve(), message) };

describe('The order of messages', () => {
  let server: SocketServer;

  afterEach(() => server.stop());

  const clients = (count: number, wire: WireKind): Promise<RawStompClient[]> =>
    Promise.all(Array.from({ length: count }, () => server.connect('1.2', '', { wire, timeout: 45_000 })));

  it.each([
    ['WebSocket', 'websocket', {}],
    [
      'WebSocket, with interceptors that wait',
      'websocket',
      { clientInboundChannel: [WAITING], brokerChannel: [WAITING] },
    ],
    ['SockJS over xhr-streaming', 'sockjs-xhr-streaming', {}],
  ] as const)(
    'is that of each sender for each subscriber, none missing and none twice, over %s',
    async (_, wire, interceptors) => {
      // The client is slow to come back for more: it shares a process with the server.
      const endpoints = [{ path: '/ws', sockJs: { disconnectDelay: 30_000 } }];
      server = await SocketServer.start({ interceptors: interceptors as object, endpoints });
      const subscribers = await clients(SUBSCRIBERS, wire);
      for (const subscriber of subscribers) await subscriber.subscribe('s', DESTINATION);
      const senders = await clients(SENDERS, wire);
      for (let number = 0; number < MESSAGES; number++) {
        for (const [index, sender] of senders.entries()) {
          sender.write(`SEND\ndestination:${DESTINATION}\n\n${index} ${number}\0`);
        }
      }
      const expected = Array.from({ length: MESSAGES }, (_, number) => String(number));
      for (const subscriber of subscribers) {
        const bodies = (await subscriber.bodies(SENDERS * MESSAGES)).map((body) => body.split(' '));
        for (let index = 0; index < SENDERS; index++) {
          const own = bodies.filter(([sender]) => sender === String(index)).map(([, number]) => number);
          expect(own).toEqual(expected);
        }
        await subscriber.settled();
        expect(subscriber.take('MESSAGE')).toEqual([]);
      }
    },
    60_000,
  );

  it.each(['websocket', ...SOCK_JS_WIRES] as const)(
    'puts a SUBSCRIBE before the SEND that follows in the same message of the transport, 100 times of 100, over %s',
    async (wire) => {
      server = await SocketServer.start();
      for (let i = 0; i < 100; i++) {
        const client = await server.connect('1.2', '', { wire });
        client.write(`SUBSCRIBE\nid:1\ndestination:/topic/${i}\n\n\0SEND\ndestination:/topic/${i}\n\n${i}\0`);
        expect(await client.body()).toBe(String(i));
        client.terminate();
      }
    },
  );
});
