import { BadRequestException, Catch, Controller, UseFilters, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DestinationVariable,
  Message,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  SimpMessagingTemplate,
  SimpUserRegistry,
  StompModule,
  StompSession,
  StompSessionRegistry,
  SubscribeMapping,
  type StompModuleOptions,
} from 'nestjs-stomp';
import {
  FailedFrameError,
  RecordingLogger,
  StompTestClient,
  bodyOf,
  showFrame,
  stompMatchers,
} from 'nestjs-stomp/testing';
import { deferred, type Deferred } from '../utils/deferred.js';

expect.extend(stompMatchers);

let gate: Deferred;

@Controller()
class TestedController {
  @MessageMapping('/refuse')
  refuse(@Payload({ required: false }) _payload?: string) {
    throw new BadRequestException({ message: ['name must be a string'], error: 'Bad Request', statusCode: 400 });
  }

  @MessageMapping('/fail')
  fail() {
    throw new Error('secret of the server');
  }

  @MessageMapping('/slow')
  @SendTo('/topic/slow')
  async slow(text: string) {
    await gate.promise;
    return text;
  }

  @MessageMapping('/who')
  @SendTo('/topic/who')
  who(session: StompSession) {
    const { user, ip, url, query, attributes } = session;
    return { user, ip, url, query, cookie: session.headers['cookie'], attributes: [...attributes] };
  }
}

@Catch(RangeError)
class RangeFilter {
  catch({ message }: RangeError) {
    return { code: 'RANGE', message, details: ['filtered'] };
  }
}

class SoldOutError extends Error {}
class PublishedError extends Error {}

@Controller()
@UseFilters(RangeFilter)
class AnsweringController {
  @MessageMapping('/answered/{what}')
  @SubscribeMapping('/answered/{what}')
  fail(@DestinationVariable('what') what: string) {
    if (what === 'filter') throw new RangeError('out of range');
    throw what === 'topic' ? new PublishedError() : new SoldOutError(what);
  }

  @MessageExceptionHandler(SoldOutError)
  @SendToUser('/queue/refusals', { broadcast: false })
  soldOut({ message }: SoldOutError) {
    return { text: 'sold out', bytes: Buffer.from([0, 255]) }[message];
  }

  @MessageExceptionHandler(PublishedError)
  @SendTo('/topic/failures')
  published() {
    return 'somebody has failed';
  }
}

describe('StompTestClient', () => {
  const logger = new RecordingLogger();
  let app: INestApplication;
  let client: StompTestClient;

  async function start(options: StompModuleOptions = {}): Promise<void> {
    const imports = [StompModule.forRoot(options)];
    const module = await Test.createTestingModule({
      imports,
      controllers: [TestedController, AnsweringController],
    }).compile();
    logger.clear();
    app = module.createNestApplication({ logger });
    await app.init();
    client = await StompTestClient.connect(app, { user: 'alice', timeout: 1_000 });
  }

  beforeEach(() => start());
  afterEach(() => app.close());

  it('may be somebody by name, somebody with more, or nobody', async () => {
    const user = { name: 'bob', roles: ['ADMIN'] };
    const bob = await StompTestClient.connect(app, { user });
    const nobody = await StompTestClient.connect(app);
    const users = app.get(SimpUserRegistry);
    expect(users.getUser('alice')?.sessions.map(({ id }) => id)).toEqual([client.sessionId]);
    expect(users.getUser('bob')?.principal).toBe(user);
    expect(users.getUserCount()).toBe(2);
    expect(app.get(StompSessionRegistry).get(nobody.sessionId)?.user).toBeUndefined();
    expect(app.get(StompSessionRegistry).get(bob.sessionId)?.user).toBe(user);
  });

  it('may say what its handshake was like', async () => {
    const carol = await StompTestClient.connect(app, {
      handshake: {
        url: '/ws?token=t-1',
        query: { token: 't-1' },
        headers: { cookie: 'a=1' },
        ip: '10.0.0.7',
        attributes: new Map([['theme', 'dark']]),
      },
    });
    await carol.subscribe('/topic/who');
    await carol.send('/app/who');
    expect(await carol.nextBody()).toEqual({
      ip: '10.0.0.7',
      url: '/ws?token=t-1',
      query: { token: 't-1' },
      cookie: 'a=1',
      attributes: [['theme', 'dark']],
    });
  });

  it('is told why it may not connect', async () => {
    await app.close();
    const authenticate: StompModuleOptions['authenticate'] = ({ login }) => {
      if (login !== 'alice') throw new Error('who?');
    };
    const options = { headers: { 'accept-version': '1.2', login: 'alice' } };
    const module = await Test.createTestingModule({ imports: [StompModule.forRoot({ authenticate })] }).compile();
    app = module.createNestApplication({ logger });
    await app.init();
    await StompTestClient.connect(app, options);
    const refused = StompTestClient.connect(app);
    await expect(refused).rejects.toBeInstanceOf(FailedFrameError);
    await expect(refused).rejects.toMatchObject({ code: 'STOMP_ERR_AUTHENTICATION' });
  });

  it('gives out each message once, by destination', async () => {
    await client.subscribe('/topic/*');
    const template = app.get(SimpMessagingTemplate);
    await template.convertAndSend('/topic/a', 1);
    await template.convertAndSend('/topic/b', 2);
    await template.convertAndSend('/topic/b', 3);
    expect(await client.nextBody('/topic/b')).toBe(2);
    expect(await client.nextMessage()).toBeFrame('MESSAGE', { destination: '/topic/a' }, 1);
    expect(client.frames.map((frame) => bodyOf(frame))).toEqual([3]);
    expect(client.take().map((frame) => bodyOf(frame))).toEqual([3]);
    expect(client.take()).toEqual([]);
  });

  it('reads bodies by their content type', async () => {
    await client.subscribe('/topic/bodies');
    const template = app.get(SimpMessagingTemplate);
    const bodies = async (payload: unknown, contentType?: string) => {
      await template.convertAndSend('/topic/bodies', payload, { 'content-type': contentType });
      return client.nextBody();
    };
    expect(await bodies({ a: [1] })).toEqual({ a: [1] });
    expect(await bodies(null)).toBeNull();
    expect(await bodies('42')).toBe('42');
    expect(await bodies('é', 'text/plain;charset=ISO-8859-1')).toBe('é');
    expect(await bodies('{"a":1}', 'application/vnd.api+json')).toEqual({ a: 1 });
    expect(await bodies(Buffer.from([0, 255]))).toEqual(Buffer.from([0, 255]));
    await template.send(Message.to('/topic/bodies', Buffer.from('[1]')));
    expect(await client.nextBody()).toBe('[1]');
  });

  it('unsubscribes', async () => {
    const id = await client.subscribe('/topic/a');
    await client.unsubscribe(id);
    await app.get(SimpMessagingTemplate).convertAndSend('/topic/a', 1);
    await expect(client).toReceiveNothing();
    await expect(client.unsubscribe(id)).rejects.toThrow('STOMP_ERR_SUBSCRIPTION');
  });

  it('acknowledges messages, or refuses them', async () => {
    await app.close();
    await start({ broker: { queues: [{ prefix: '/queue/work', maxDeliveries: 1 }] } });
    await client.subscribe('/queue/work/a', { ack: 'client-individual' });
    await client.subscribe('/queue/work/dead-letter');
    for (const text of ['one', 'two']) await client.send('/queue/work/a', text);
    const [one, two] = [await client.nextMessage(), await client.nextMessage()];
    await client.ack(one);
    await client.nack(two);
    expect(await client.nextBody('/queue/work/dead-letter')).toBe('two');
    await expect(client.ack(one)).rejects.toMatchObject({ code: 'STOMP_ERR_ACK' });
  });

  it('has nothing to acknowledge where the subscription does not ask for it', async () => {
    await client.subscribe('/topic/a');
    await client.send('/topic/a', 'hi');
    const frame = await client.nextMessage();
    await expect(client.ack(frame)).rejects.toThrow(/ack:auto.*MESSAGE\ndestination:\/topic\/a\n.*\n\nhi/s);
  });

  it('rejects a frame that fails, with what the client is told on its error destination', async () => {
    await client.subscribe(client.errorDestination);
    const sent = client.send('/app/refuse', 'x');
    await expect(sent).rejects.toBeInstanceOf(FailedFrameError);
    await expect(sent).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Bad Request Exception',
      details: { message: ['name must be a string'] },
      frame: { command: 'MESSAGE' },
    });
    await expect(client).toReceiveNothing();
  });

  it('rejects a frame that fails, by an ERROR where nobody listens', async () => {
    await expect(client.send('/app/refuse', 'x')).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'STOMP_ERR_HANDLER: Bad Request Exception',
      frame: { command: 'ERROR' },
    });
    expect(await client.closed).toEqual({ code: 1002, reason: 'STOMP_ERR_HANDLER' });
  });

  it('rejects a frame that fails, with what the application answers wherever that comes', async () => {
    await client.subscribe('/user/queue/refusals');
    await client.subscribe(client.errorDestination);
    const filtered = { code: 'RANGE', message: 'out of range', details: ['filtered'] };
    await expect(client.send('/app/answered/filter')).rejects.toMatchObject(filtered);
    await expect(client.subscribe('/app/answered/filter')).rejects.toMatchObject(filtered);
    const refused = client.send('/app/answered/text');
    await expect(refused).rejects.toBeInstanceOf(FailedFrameError);
    await expect(refused).rejects.toMatchObject({
      message: 'sold out',
      frame: { command: 'MESSAGE' },
    });
    await expect(client.subscribe('/app/answered/bytes')).rejects.toThrow('The frame failed.');
    await expect(client).toReceiveNothing();
  });

  it('cannot know of a failure that the application answers on a topic', async () => {
    const impatient = await StompTestClient.connect(app, { timeout: 50 });
    await impatient.subscribe('/topic/failures');
    await expect(impatient.send('/app/answered/topic')).rejects.toThrow('did not come within 50 ms');
    impatient.transmit('SEND', { destination: '/app/answered/topic' });
    expect(await impatient.nextBody('/topic/failures')).toBe('somebody has failed');
  });

  it('hears of the errors of frames without a receipt', async () => {
    await client.subscribe(client.errorDestination);
    client.transmit('SEND', { destination: '/app/refuse' });
    expect(await client.nextError()).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('knows another error destination', async () => {
    await app.close();
    await start({ errorDestination: '/queue/faults', userDestinationPrefix: '/me/' });
    expect(client.errorDestination).toBe('/me/queue/faults');
    await client.subscribe(client.errorDestination);
    await expect(client.send('/app/refuse')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is settled when all that it has sent has been handled', async () => {
    gate = deferred();
    await client.subscribe('/topic/slow');
    client.transmit('SEND', { destination: '/app/slow' }, 'slow');
    let isSettled = false;
    const settled = client.settled().then(() => (isSettled = true));
    // Whatever the server can do before the handler goes on, it has done when another client has been served.
    const other = await StompTestClient.connect(app);
    await other.settled();
    expect(isSettled).toBe(false);
    gate.resolve();
    await settled;
    expect(client.take('MESSAGE').map((frame) => bodyOf(frame))).toEqual(['slow']);
  });

  it('settles without a trace for handlers, interceptors and the broker', async () => {
    await app.close();
    const seen: string[] = [];
    const preSend = (message: Message) => (seen.push(message.headers.command), message);
    await start({ interceptors: { clientInboundChannel: [{ preSend }] }, transport: { transactionLimit: 1 } });
    for (let i = 0; i < 3; i++) await client.settled();
    expect(seen).toEqual(['CONNECT']);
  });

  it('cannot settle once the session is over', async () => {
    client.drop();
    await expect(client.settled()).rejects.toThrow('The session was closed: 1006');
  });

  it('tells what came instead of what it waits for', async () => {
    const impatient = await StompTestClient.connect(app, { timeout: 10 });
    await impatient.subscribe('/topic/a');
    await app.get(SimpMessagingTemplate).convertAndSend('/topic/a', { price: 42 });
    await expect(impatient.next('ERROR')).rejects.toThrow(
      /^The expected frame did not come within 10 ms\. Frames that came and wait: \n\n  MESSAGE\n  destination:\/topic\/a\n.*\n\n  {"price":42}$/s,
    );
    impatient.take();
    await expect(impatient.next('ERROR')).rejects.toThrow('Frames that came and wait: none');
  });

  it('sees no more than the client is told, while the log has the whole error', async () => {
    await client.subscribe(client.errorDestination);
    await expect(client.send('/app/fail')).rejects.toMatchObject({ message: 'Internal server error' });
    expect(logger.errors).toEqual([
      {
        level: 'error',
        message: 'SEND /app/fail failed',
        context: 'StompModule',
        stack: expect.stringContaining('secret of the server'),
      },
    ]);
  });
});

describe('A frame that is shown', () => {
  const frame = (body: Buffer) =>
    showFrame({ command: 'SEND', headers: Message.to('', '', { a: 1 }).headers.nativeHeaders, body });

  it('has its headers and its body', () => {
    expect(frame(Buffer.from('hi'))).toBe('SEND\na:1\n\nhi');
    expect(frame(Buffer.alloc(0))).toBe('SEND\na:1');
  });

  it('is shortened', () => {
    expect(frame(Buffer.alloc(10_000, 'x'))).toBe(`SEND\na:1\n\n${'x'.repeat(500)}… (10000 characters)`);
    expect(frame(Buffer.alloc(1_000, 0xff))).toBe(`SEND\na:1\n\n<1000 octets: ${'ff '.repeat(48)}…>`);
    expect(frame(Buffer.from([0xff, 0]))).toBe('SEND\na:1\n\n<2 octets: ff 00>');
  });
});
