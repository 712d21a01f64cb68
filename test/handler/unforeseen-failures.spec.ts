import { Controller, Logger } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Observable, type Subscriber } from 'rxjs';
import { MessageMapping, SubscribeMapping } from '../../lib/index.js';
import { startModule, type StartedModule } from './support/start-module.js';

/** Whoever reports this error fails himself. */
function unreportable(): WsException {
  return new WsException({
    get code(): string {
      throw new Error('not even its code');
    },
  });
}

/** An Observable whose end fails. */
function breaking(start: (subscriber: Subscriber<unknown>) => void): Observable<unknown> {
  return new Observable((subscriber) => {
    start(subscriber);
    return () => {
      throw new Error('broken end');
    };
  });
}

@Controller()
class FailingController {
  @MessageMapping('/now')
  now(): void {
    throw unreportable();
  }

  @MessageMapping('/later')
  async later(): Promise<void> {
    await Promise.resolve();
    throw unreportable();
  }

  @SubscribeMapping('/stream')
  async *stream(): AsyncGenerator<string> {
    yield 'first';
    throw unreportable();
  }

  @MessageMapping('/teardown')
  teardown() {
    return breaking((subscriber) => void setImmediate(() => subscriber.next(Symbol('cannot be written'))));
  }

  @MessageMapping('/teardown/complete')
  complete() {
    return breaking((subscriber) => void setImmediate(() => subscriber.complete()));
  }

  @SubscribeMapping('/teardown/pulled')
  pulled() {
    return breaking((subscriber) => void setImmediate(() => [1, 2, 3].forEach((n) => subscriber.next(n))));
  }

  @SubscribeMapping('/teardown/idle')
  idle() {
    return breaking(() => {});
  }

  @SubscribeMapping('/finally')
  async *finally() {
    try {
      yield 'first';
      yield 'second';
    } finally {
      await Promise.reject(new Error('broken end'));
    }
  }

  @MessageMapping('/without-reason')
  async withoutReason(): Promise<void> {
    throw new WsException(undefined as never);
  }
}

describe('A failure that nobody has foreseen', () => {
  const logged: unknown[] = [];
  let application: StartedModule;

  beforeAll(async () => {
    application = await startModule({ controllers: [FailingController] });
    Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (message: unknown) => void logged.push(message) });
  });

  afterAll(() => application.stop());

  it.each(['SEND /app/now', 'SEND /app/later', 'SUBSCRIBE /app/stream'])(
    'ends the session that it concerns with 1011, and neither the process nor another session: %s',
    async (what) => {
      const [command, destination] = what.split(' ') as ['SEND' | 'SUBSCRIBE', string];
      const bystander = await application.connect('bob');
      const client = await application.connect('alice');
      await client.subscribe('/user/queue/errors');
      logged.length = 0;
      client.transmit(command, { destination, id: 's' });
      expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_INTERNAL');
      expect(await client.closed).toMatchObject({ code: 1011 });
      expect(logged).toEqual([expect.stringMatching(/^Session [\da-f-]+ failed$/)]);
      await bystander.send('/topic/still', 'here');
    },
  );

  it('tells which frame it has failed with', async () => {
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
    client.transmit('SEND', { destination: '/app/later', receipt: 'r' });
    expect((await client.next('ERROR')).headers.get('receipt-id')).toBe('r');
  });

  it('is not a WsException without a reason', async () => {
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
    client.transmit('SEND', { destination: '/app/without-reason' });
    expect((await client.next('MESSAGE')).headers.get('error-code')).toBe('WS_EXCEPTION');
  });

  describe('of what a stream does at its end', () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);

    beforeAll(() => process.on('uncaughtException', note).on('unhandledRejection', note));
    afterAll(() => process.off('uncaughtException', note).off('unhandledRejection', note));

    beforeEach(() => {
      logged.length = uncaught.length = 0;
    });

    /** RxJS throws what it cannot hand over in a task of its own. */
    const nextTask = () => new Promise((resolve) => setTimeout(resolve));

    it.each([
      ['SEND', '/app/teardown', 'auto'],
      ['SEND', '/app/teardown/complete', 'auto'],
      ['SUBSCRIBE', '/app/teardown/pulled', 'client'],
    ] as const)('is told and logged, and does not end the process: %s %s', async (command, destination, ack) => {
      const client = await application.connect('alice');
      await client.subscribe('/user/queue/errors');
      client.transmit(command, { destination, id: 's', ack, window: '1' });
      for (let isOver = false; !isOver;) {
        const { headers } = await client.next('MESSAGE');
        isOver = headers.has('error-code');
        if (!isOver) client.transmit('ACK', { id: headers.get('ack') });
      }
      await nextTask();
      expect(uncaught).toEqual([]);
      expect(logged).toContainEqual(expect.stringMatching(/^The stream of (SEND|SUBSCRIBE) .* failed$/));
      await client.send('/topic/still', 'here');
    });

    it.each(['/app/teardown/idle', '/app/finally'])('is logged when its session is over: %s', async (destination) => {
      const client = await application.connect('alice');
      await client.subscribe(destination, { ack: 'client', window: '1' });
      client.drop();
      await nextTask();
      await nextTask();
      expect(logged).toEqual([`The stream of SUBSCRIBE ${destination} failed`]);
      expect(uncaught).toEqual([]);
    });
  });
});
