import { Controller } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { range, type Observable } from 'rxjs';
import { SubscribeMapping } from '../../lib/decorators/index.js';
import { Message } from '../../lib/messaging/message.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { startApplication, type TestApplication } from './support/start-application.js';

let produced = 0;
let hasEnded: Promise<void>;
let answers: string[] = [];

@Controller()
class CountController {
  @SubscribeMapping('/count')
  async *count(): AsyncGenerator<number> {
    let ended!: () => void;
    hasEnded = new Promise((resolve) => (ended = resolve));
    try {
      for (produced = 0; ;) yield produced++;
    } finally {
      ended();
    }
  }

  @SubscribeMapping('/range/{count}')
  range(): Observable<number> {
    return range(0, 50);
  }

  @SubscribeMapping('/once')
  once(): string {
    return 'once';
  }

  @SubscribeMapping('/told')
  async *told(): AsyncGenerator<Message<number>> {
    for (let item = 0; item < 5; item++) {
      const message = Message.to('', item);
      message.headers.onAck = () => {
        answers.push(`ACK ${item}`);
        if (item === 0) throw new Error('the application did not expect that');
      };
      message.headers.onNack = () => answers.push(`NACK ${item}`);
      yield message;
    }
  }

  @SubscribeMapping('/failing')
  async *failing(): AsyncGenerator<number> {
    yield 1;
    await Promise.resolve();
    throw new WsException('the tap is broken');
  }
}

describe("A stream is pulled by its subscriber's credit", () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeEach(async () => {
    application = await startApplication({ controllers: [CountController] });
    client = await application.connect('alice');
  });

  afterEach(() => application.stop());

  /** Waits until as many have come, and shows that a round trip later there are no more. */
  const receive = async (count: number) => {
    const messages = [];
    while (messages.length < count) messages.push(await client.next('MESSAGE'));
    await client.send('/topic/nobody');
    expect(client.take('MESSAGE')).toEqual([]);
    return messages;
  };

  it('gives no more than the window until the client acknowledges', async () => {
    await client.subscribe('/app/count', { ack: 'client', window: 3 });
    const first = await receive(3);
    expect(first.map(({ body }) => body.toString())).toEqual(['0', '1', '2']);
    expect(produced).toBeLessThanOrEqual(4);
    await client.receipt('ACK', { id: first[1]!.headers.get('ack') });
    const second = await receive(2);
    expect(second.map(({ body }) => body.toString())).toEqual(['3', '4']);
  });

  it('counts single acknowledgements, and NACK as one', async () => {
    await client.subscribe('/app/count', { ack: 'client-individual', window: 2 });
    const [first, second] = await receive(2);
    await client.receipt('NACK', { id: second!.headers.get('ack') });
    await receive(1);
    await client.receipt('ACK', { id: first!.headers.get('ack') });
    await receive(1);
  });

  it('gives all streams of a session together no more than the session may leave unacknowledged', async () => {
    const bounded = await startApplication({
      controllers: [CountController],
      stomp: { broker: { sessionPrefetchLimit: 4 } },
    });
    try {
      client = await bounded.connect('alice');
      const subscribe = (): Promise<string> => client.subscribe('/app/count', { ack: 'client-individual', window: 3 });
      const ids = [await subscribe()];
      await receive(3);
      ids.push(await subscribe());
      const [last] = await receive(1);
      await client.receipt('ACK', { id: last!.headers.get('ack') });
      await receive(1);
      for (const id of ids) await client.receipt('UNSUBSCRIBE', { id });
    } finally {
      await bounded.stop();
    }
  });

  it('holds an Observable that fits into the window', async () => {
    await client.subscribe('/app/range/50', { ack: 'client', window: 50 });
    expect((await receive(50)).at(-1)!.body.toString()).toBe('49');
  });

  it('ends an Observable that runs away from its subscriber with an error on the subscription', async () => {
    const id = await client.subscribe('/app/range/50', { ack: 'client', window: 10 });
    const items = await receive(10);
    client.transmit('ACK', { id: items.at(-1)!.headers.get('ack') });
    const error = await client.next('MESSAGE');
    expect(error.headers.get('subscription')).toBe(id);
    expect(error.headers.get('error-code')).toBe('MESSAGE_HANDLING');
  });

  it('tells of the error that ends a stream on its subscription', async () => {
    const id = await client.subscribe('/app/failing');
    await client.next('MESSAGE');
    const error = await client.next('MESSAGE');
    expect(error.headers.get('subscription')).toBe(id);
    expect(JSON.parse(error.body.toString())).toMatchObject({ message: 'the tap is broken' });
  });

  it.each(['UNSUBSCRIBE', 'a broken line'])('ends with %s while it waits for credit', async (how) => {
    const id = await client.subscribe('/app/count', { ack: 'client', window: 1 });
    await receive(1);
    if (how === 'UNSUBSCRIBE') await client.receipt('UNSUBSCRIBE', { id });
    else client.drop();
    await hasEnded;
  });

  it('tells the handler of each item what has become of it, in order', async () => {
    answers = [];
    await client.subscribe('/app/told', { ack: 'client', window: 3 });
    const items = await receive(3);
    await client.receipt('ACK', { id: items[1]!.headers.get('ack') });
    expect(answers).toEqual(['ACK 0', 'ACK 1']);
    const [, last] = await receive(2);
    await client.receipt('NACK', { id: last!.headers.get('ack') });
    expect(answers).toEqual(['ACK 0', 'ACK 1', 'NACK 2', 'NACK 3', 'NACK 4']);
  });

  it('tells the handler of each item that was sent to a subscriber who acknowledges nothing', async () => {
    answers = [];
    await client.subscribe('/app/told');
    await receive(5);
    expect(answers).toEqual(['ACK 0', 'ACK 1', 'ACK 2', 'ACK 3', 'ACK 4']);
  });

  it('gives a single reply an acknowledgement too', async () => {
    await client.subscribe('/app/once', { ack: 'client' });
    const [message] = await receive(1);
    await client.receipt('ACK', { id: message!.headers.get('ack') });
  });

  it('refuses a window that is no number', async () => {
    await expect(client.subscribe('/app/count', { ack: 'client', window: 'wide' })).rejects.toThrow(/window "wide"/);
  });
});
