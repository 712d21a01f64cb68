import { Controller, Injectable } from '@nestjs/common';
import {
  MessageDeliveryException,
  MessageMapping,
  Principal,
  SendTo,
  SendToUser,
  SimpMessageHeaderAccessor,
  SimpMessagingTemplate,
  SimpUserRegistry,
  type ChannelInterceptor,
  type ChannelName,
  type Message,
  type MessageChannel,
  type StompModuleOptions,
} from '../../lib/index.js';
import { startServer, type StartedServer } from './support/start-server.js';

@Controller()
class EchoController {
  @MessageMapping('/echo')
  @SendTo('/topic/echo')
  echo(text: string): string {
    return `echo ${text}`;
  }

  @MessageMapping('/who')
  @SendToUser('/queue/who')
  who(@Principal() user: Principal | undefined): string {
    return user?.name ?? 'nobody';
  }
}

/** Notes what it is asked, in the order of all interceptors of the server. */
class Noting implements ChannelInterceptor {
  constructor(
    private readonly name: string,
    private readonly log: string[],
  ) {}

  preSend(message: Message, channel: MessageChannel): Message {
    this.#note('preSend', message, channel);
    return message;
  }

  postSend(message: Message, channel: MessageChannel): void {
    this.#note('postSend', message, channel);
  }

  afterSendCompletion(message: Message, channel: MessageChannel, error?: unknown): void {
    this.#note(error instanceof Error ? `completed with ${error.message}` : 'completed', message, channel);
  }

  #note(what: string, { headers: { destination } }: Message, channel: MessageChannel): void {
    if (destination !== '/topic/settled') this.log.push(`${channel.name} ${what} ${this.name}`);
  }
}

/** An interceptor that does something with the messages that have the header `x-do`. */
const on = (what: string, act: (message: Message) => Message | null | Promise<Message | null>): ChannelInterceptor => ({
  preSend: (message) => (message.headers.nativeHeaders.get('x-do') === what ? act(message) : message),
});

const dropping = on('drop', () => null);
const refusing = on('refuse', () => {
  throw new MessageDeliveryException('Not on Sundays.');
});
const failing = on('fail', () => {
  throw new Error('secret');
});
const rejecting = on('reject', () => Promise.reject(new Error('secret')));
const ALL = [dropping, refusing, failing, rejecting];

describe('Channel interceptors over real sockets', () => {
  let server: StartedServer;

  const start = async (
    interceptors: StompModuleOptions['interceptors'],
    more: StompModuleOptions = {},
  ): Promise<void> => {
    server = await startServer({ stomp: { interceptors, ...more }, controllers: [EchoController] });
  };

  afterEach(() => server.stop());

  it('are asked in their order before, in reverse afterwards, on each channel that a message passes', async () => {
    const log: string[] = [];
    const two = () => [new Noting('1', log), new Noting('2', log)];
    await start({ clientInboundChannel: two(), brokerChannel: two(), clientOutboundChannel: two() });
    const client = await server.connect();
    await client.subscribe('1', '/topic/echo');
    log.length = 0;
    await client.receipt('SEND\ndestination:/app/echo\ncontent-type:text/plain\n\nhello\0');
    expect(await client.body()).toBe('echo hello');
    const around = (channel: ChannelName, within: string[]): string[] => [
      `${channel} preSend 1`,
      `${channel} preSend 2`,
      ...within,
      `${channel} postSend 2`,
      `${channel} postSend 1`,
      `${channel} completed 2`,
      `${channel} completed 1`,
    ];
    expect(log).toEqual(around('clientInboundChannel', around('brokerChannel', around('clientOutboundChannel', []))));
    client.terminate();
  });

  it('see every frame that means something to the application, with the attributes of its session', async () => {
    const seen: unknown[] = [];
    const noting: ChannelInterceptor = {
      preSend: (message) => {
        const { command, sessionAttributes } = message.headers;
        seen.push([command, sessionAttributes?.get('tenant')]);
        return message;
      },
    };
    const handshakeInterceptors = [
      { beforeHandshake: (_: unknown, attributes: Map<string, unknown>) => void attributes.set('tenant', 'acme') },
    ];
    await start({ clientInboundChannel: [noting] }, { endpoints: [{ handshakeInterceptors }] });
    const client = await server.connect();
    client.write('SUBSCRIBE\nid:1\ndestination:/topic/a\nack:client\n\n\0SEND\ndestination:/topic/a\n\nx\0');
    const ack = (await client.next('MESSAGE')).header('ack');
    client.write(`ACK\nid:${ack}\n\n\0BEGIN\ntransaction:t\n\n\0SEND\ndestination:/topic/a\ntransaction:t\n\ny\0`);
    client.write('COMMIT\ntransaction:t\n\n\0');
    const second = (await client.next('MESSAGE')).header('ack');
    await client.receipt(`NACK\nid:${second}\n\n\0`);
    await client.receipt('UNSUBSCRIBE\nid:1\n\n\0');
    client.write('DISCONNECT\n\n\0');
    await client.closed;
    expect(seen).toEqual(
      ['CONNECT', 'SUBSCRIBE', 'SEND', 'ACK', 'SEND', 'NACK', 'UNSUBSCRIBE', 'DISCONNECT'].map((command) => [
        command,
        'acme',
      ]),
    );
  });

  it('may be injectable classes', async () => {
    const told: string[] = [];
    @Injectable()
    class Counting implements ChannelInterceptor {
      constructor(private readonly users: SimpUserRegistry) {}

      preSend(message: Message): Message {
        told.push(`${message.headers.command} ${this.users.getUserCount()}`);
        return message;
      }
    }
    await start({ clientInboundChannel: [Counting] }, { authenticate: () => ({ name: 'alice' }) });
    const client = await server.connect();
    await client.settled();
    expect(told).toEqual(['CONNECT 0', 'SEND 1']);
    client.terminate();
  });

  describe('of clientInboundChannel', () => {
    beforeEach(() => start({ clientInboundChannel: ALL }));

    it('refuse a client by dropping its CONNECT, which is told so', async () => {
      const client = await server.open();
      client.write('CONNECT\naccept-version:1.2\nx-do:drop\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0');
      expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_ACCESS_DENIED');
      expect((await client.closed).code).toBe(1002);
    });

    it('drop a frame without a RECEIPT, and the session goes on', async () => {
      const client = await server.connect();
      client.write('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:r\nx-do:drop\n\n\0');
      await client.receipt('SEND\ndestination:/topic/a\n\nx\0');
      expect(client.take()).toEqual([]);
      // The id has not been taken.
      await client.subscribe('1', '/topic/a');
      client.terminate();
    });

    it.each(['CONNECT', 'SUBSCRIBE', 'SEND'])('refuse %s with a sentence of their own', async (command) => {
      const client = command === 'CONNECT' ? await server.open() : await server.connect();
      client.write(`${command}\naccept-version:1.2\nid:1\ndestination:/topic/a\nreceipt:r\nx-do:refuse\n\n\0`);
      const error = await client.next('ERROR');
      expect(error.header('code')).toBe('STOMP_ERR_ACCESS_DENIED');
      expect([error.header('receipt-id'), error.text]).toEqual(['r', 'Not on Sundays.']);
      expect((await client.closed).code).toBe(1002);
    });

    it.each(['fail', 'reject'])('that %s refuse, and nothing of their failure is told', async (what) => {
      for (const command of ['CONNECT', 'SUBSCRIBE', 'SEND']) {
        const client = command === 'CONNECT' ? await server.open() : await server.connect();
        client.write(`${command}\naccept-version:1.2\nid:1\ndestination:/topic/a\nx-do:${what}\n\n\0`);
        expect((await client.next('ERROR')).text).toBe('The message was refused.');
        expect(client.messages.map(({ bytes }) => bytes.toString()).join('')).not.toContain('secret');
      }
    });

    it('refuse one SUBSCRIBE of a client that listens for its errors, whose session goes on', async () => {
      const client = await server.connect();
      await client.subscribe('errors', '/user/queue/errors');
      await client.subscribe('1', '/topic/a');
      client.write('SUBSCRIBE\nid:2\ndestination:/topic/b\nreceipt:r\nx-do:refuse\n\n\0');
      const report = await client.next('MESSAGE');
      expect([report.header('subscription'), report.header('failed-receipt')]).toEqual(['errors', 'r']);
      expect(JSON.parse(report.text)).toMatchObject({ message: 'Not on Sundays.' });
      client.write('SEND\ndestination:/topic/b\n\nb\0SEND\ndestination:/topic/a\n\na\0');
      expect(await client.body()).toBe('a');
      client.terminate();
    });
  });

  it('of clientInboundChannel say whose session it is by setting the user of CONNECT, for all frames to come', async () => {
    const byToken: ChannelInterceptor = {
      preSend: (message) => {
        const accessor = SimpMessageHeaderAccessor.wrap(message);
        const token = accessor.getFirstNativeHeader('x-token');
        if (accessor.command === 'CONNECT' && token) accessor.setUser({ name: token });
        return message;
      },
    };
    const handshake = () => ({ name: 'of the handshake' });
    await start({ clientInboundChannel: [byToken] }, { endpoints: [{ handshake }] });
    const [alice, other] = [await server.open(), await server.open()];
    expect((await alice.connect('1.2', 'x-token:alice\n')).header('user-name')).toBe('alice');
    expect((await other.connect()).header('user-name')).toBe('of the handshake');
    await alice.subscribe('1', '/user/queue/who');
    // The header counts on CONNECT only.
    alice.write('SEND\ndestination:/app/who\nx-token:eve\n\n\0');
    expect(await alice.body()).toBe('alice');
    expect(
      server.app
        .get(SimpUserRegistry)
        .getUsers()
        .map(({ name }) => name),
    ).toEqual(['alice', 'of the handshake']);
    alice.terminate();
    other.terminate();
  });

  it('of clientInboundChannel cannot keep a session by refusing its DISCONNECT', async () => {
    const commands: unknown[] = [];
    const clinging: ChannelInterceptor = {
      preSend: (message) => {
        commands.push(message.headers.command);
        if (message.headers.command === 'DISCONNECT') throw new Error('stay');
        return message;
      },
    };
    await start({ clientInboundChannel: [clinging] }, { authenticate: () => ({ name: 'alice' }) });
    const client = await server.connect();
    await client.receipt('DISCONNECT\n\n\0');
    expect((await client.closed).code).toBe(1000);
    expect(server.app.get(SimpUserRegistry).getUserCount()).toBe(0);
    expect(commands).toEqual(['CONNECT', 'DISCONNECT']);
  });

  describe('of brokerChannel', () => {
    const send = (what: string) =>
      server.app.get(SimpMessagingTemplate).convertAndSend('/topic/a', 'x', { 'x-do': what });

    it('drop what the application sends', async () => {
      await start({ brokerChannel: ALL });
      const client = await server.connect();
      await client.subscribe('1', '/topic/a');
      expect(await send('drop')).toBeUndefined();
      await send('nothing');
      expect((await client.next('MESSAGE')).header('x-do')).toBe('nothing');
      client.terminate();
    });

    it.each(['refuse', 'fail'])('that %s fail the call of whoever sends', async (what) => {
      await start({ brokerChannel: ALL });
      expect(() => send(what)).toThrow(MessageDeliveryException);
    });

    it('that refuse the reply of a handler fail the frame that it answers', async () => {
      const noEcho: ChannelInterceptor = {
        preSend: (message) => {
          if (message.headers.destination === '/topic/echo') throw new MessageDeliveryException('No echo here.');
          return message;
        },
      };
      await start({ brokerChannel: [noEcho] });
      const client = await server.connect();
      client.write('SEND\ndestination:/app/echo\ncontent-type:text/plain\nreceipt:r\n\nhello\0');
      const error = await client.next('ERROR');
      expect([error.header('receipt-id'), error.text]).toEqual(['r', 'No echo here.']);
    });

    it('add headers to all that the application sends', async () => {
      const stamping: ChannelInterceptor = {
        preSend: (message) => {
          SimpMessageHeaderAccessor.wrap(message).setNativeHeader('x-node', 'a');
          return message;
        },
      };
      await start({ brokerChannel: [stamping] });
      const client = await server.connect();
      await client.subscribe('1', '/topic/**');
      await send('nothing');
      await client.receipt('SEND\ndestination:/app/echo\ncontent-type:text/plain\n\nhello\0');
      const messages = [await client.next('MESSAGE'), await client.next('MESSAGE')];
      expect(messages.map((message) => message.header('x-node'))).toEqual(['a', 'a']);
      client.terminate();
    });
  });

  it.each(['drop', 'refuse', 'fail', 'reject'])(
    'of clientOutboundChannel that %s keep a message from one client and from no other',
    async (what) => {
      const forOne = (interceptor: ChannelInterceptor): ChannelInterceptor => ({
        preSend: (message, channel) =>
          message.headers.subscriptionId === 'one' ? interceptor.preSend!(message, channel) : message,
      });
      await start({ clientOutboundChannel: ALL.map(forOne) });
      const [one, two] = [await server.connect(), await server.connect()];
      await one.subscribe('one', '/topic/a');
      await two.subscribe('two', '/topic/a');
      await two.receipt(`SEND\ndestination:/topic/a\nx-do:${what}\n\nx\0`);
      expect(await two.body()).toBe('x');
      await two.receipt('SEND\ndestination:/topic/a\n\nnext\0');
      expect(await one.body()).toBe('next');
      for (const client of [one, two]) client.terminate();
    },
  );

  it('hear what a message has failed with', async () => {
    const log: string[] = [];
    await start({ clientInboundChannel: [new Noting('1', log), refusing, new Noting('2', log)] });
    const client = await server.connect();
    log.length = 0;
    client.write('SEND\ndestination:/topic/a\nx-do:refuse\n\n\0');
    await client.next('ERROR');
    expect(log.slice(0, 2)).toEqual([
      'clientInboundChannel preSend 1',
      'clientInboundChannel completed with Not on Sundays. 1',
    ]);
  });
});
