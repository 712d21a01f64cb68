import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { Messages } from '../transport/transport-server.js';
import { startServer, type StartedServer } from './support/start-server.js';

describe('STOMP over SockJS', () => {
  let server: StartedServer;

  beforeEach(async () => {
    server = await startServer({
      stomp: { endpoints: [{ sockJs: { heartbeatTime: 100 } }], broker: { heartbeat: [200, 0] } },
    });
  });

  afterEach(() => server.stop());

  /** A SockJS client over WebSocket which has connected with these heart-beats, and what has come since. */
  const connect = async (heartBeat: string): Promise<Messages> => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/0/${randomUUID()}/websocket`);
    const messages = new Messages(socket);
    expect(await messages.text()).toBe('o');
    socket.send(JSON.stringify([`CONNECT\naccept-version:1.2\nheart-beat:${heartBeat}\n\n\0`]));
    let text = await messages.text();
    while (text === 'h') text = await messages.text();
    expect(text).toContain('CONNECTED');
    return messages;
  };

  it('has the heart-beats of STOMP in place of those of SockJS, where the client wants them', async () => {
    const beating = await connect('0,200');
    expect(await beating.take(3)).toEqual(['a["\\n"]', 'a["\\n"]', 'a["\\n"]']);
  });

  it('has those of SockJS where the client does not', async () => {
    const silent = await connect('0,0');
    expect(await silent.take(3)).toEqual(['h', 'h', 'h']);
  });

  it.each(['sockjs-websocket', 'sockjs-xhr-streaming'] as const)(
    'is not ended by octets that somebody sends to a topic, over %s',
    async (wire) => {
      const subscriber = await server.connect('/ws', '', { wire });
      await subscriber.subscribe('1', '/topic/a');
      const sender = await server.connect();
      sender.write(
        Buffer.concat([
          Buffer.from('SEND\ndestination:/topic/a\ncontent-type:application/octet-stream\ncontent-length:3\n\n'),
          Buffer.from([1, 2, 3, 0]),
        ]),
      );
      expect([...(await subscriber.next('MESSAGE')).body]).toEqual([1, 2, 3]);
      await subscriber.settled();
      for (const client of [subscriber, sender]) client.terminate();
    },
  );
});
