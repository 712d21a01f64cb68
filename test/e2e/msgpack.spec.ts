import 'reflect-metadata';
import { Controller, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { decode, encode } from '@msgpack/msgpack';
import { MessagePackMessageConverter } from 'nestjs-stomp/msgpack';
import {
  Message,
  MessageMapping,
  SendTo,
  SimpMessagingTemplate,
  StompModule,
  SubscribeMapping,
} from '../../lib/index.js';
import { RawStompClient, type RawFrame } from '../utils/raw-stomp-client.js';

const MESSAGE_PACK = { 'content-type': 'application/msgpack' };

class Reading {
  sensor!: string;
  values!: number[];
  raw!: Uint8Array;
}

@Controller()
class ReadingsController {
  @MessageMapping('/readings')
  @SendTo('/topic/readings')
  add({ sensor, values, raw }: Reading) {
    const sum = values.reduce((total, value) => total + value, 0);
    return Message.to('', { sensor, sum, raw }, MESSAGE_PACK);
  }

  @MessageMapping('/json')
  @SendTo('/topic/readings')
  asJson({ sensor }: Reading) {
    return { sensor };
  }

  @SubscribeMapping('/latest')
  latest() {
    return Message.to('', { sensor: 'é' }, MESSAGE_PACK);
  }
}

describe('MessagePack over a WebSocket', () => {
  let app: INestApplication;
  let client: RawStompClient;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [StompModule.forRoot({ messageConverters: [new MessagePackMessageConverter()] })],
      controllers: [ReadingsController],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });

  beforeEach(async () => {
    client = await RawStompClient.open(`${await app.getUrl()}/ws`);
    await client.connect();
    await client.subscribe('readings', '/topic/readings');
  });

  afterEach(() => client.terminate());
  afterAll(() => app.close());

  /** In a binary WebSocket message, as it must be. */
  function send(destination: string, payload: Uint8Array, headers = ''): void {
    const head = `SEND\ndestination:${destination}\ncontent-type:application/msgpack\n${headers}content-length:${payload.length}\n\n`;
    client.write(Buffer.concat([Buffer.from(head), payload, Buffer.alloc(1)]));
  }

  function expectMessagePack(frame: RawFrame, value: unknown): void {
    expect(frame.isText).toBe(false);
    expect(frame.header('content-type')).toBe('application/msgpack');
    expect(decode(frame.body)).toEqual(value);
  }

  const reading = { sensor: 'roof', values: [1, 2.5, 300], raw: new Uint8Array([0, 10, 255]) };

  it('reaches a handler as the declared type, and its reply the subscribers', async () => {
    send('/app/readings', encode(reading));
    expectMessagePack(await client.next('MESSAGE'), { sensor: 'roof', sum: 303.5, raw: reading.raw });
  });

  it('may be answered in JSON', async () => {
    send('/app/json', encode(reading));
    const frame = await client.next('MESSAGE');
    expect(frame.isText).toBe(true);
    expect(frame.text).toBe('{"sensor":"roof"}');
  });

  it('is answered to a SUBSCRIBE', async () => {
    await client.subscribe('latest', '/app/latest');
    expectMessagePack(await client.next('MESSAGE'), { sensor: 'é' });
  });

  it('is sent by the template', async () => {
    await app.get(SimpMessagingTemplate).convertAndSend('/topic/readings', [1, 'two'], MESSAGE_PACK);
    expectMessagePack(await client.next('MESSAGE'), [1, 'two']);
  });

  it('passes through the broker from client to client as it is', async () => {
    send('/topic/readings', encode(reading));
    expectMessagePack(await client.next('MESSAGE'), reading);
  });

  it('that is hostile is refused, and the session goes on', async () => {
    await client.subscribe('errors', '/user/queue/errors');
    for (const payload of [
      Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
      Buffer.alloc(60_000, 0x91),
      Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__'), Buffer.from([0x80])]),
    ]) {
      send('/app/readings', payload);
      expect(JSON.parse(await client.body())).toEqual({
        code: 'MESSAGE_CONVERSION',
        message: 'The payload is not valid MessagePack.',
      });
    }
    send('/app/readings', encode(reading));
    expectMessagePack(await client.next('MESSAGE'), { sensor: 'roof', sum: 303.5, raw: reading.raw });
  });
});
