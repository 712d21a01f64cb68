import { Controller, UseInterceptors, type CallHandler } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { map, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import {
  MessageExceptionHandler,
  MessageMapping,
  SendTo,
  SendToUser,
  SubscribeMapping,
} from '../../lib/decorators/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextError, nextText, startApplication, type TestApplication } from './support/start-application.js';
import { logged } from './support/start-module.js';

const SHOUTING = {
  intercept: (_context: unknown, next: CallHandler) => next.handle().pipe(map((value) => `${String(value)}!`)),
};

/** Counts who listens. */
class Feed {
  readonly subject = new Subject<string>();
  readonly ended: Promise<void>;
  #end!: () => void;
  listeners = 0;

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  watch(): Observable<string> {
    return new Observable((subscriber) => {
      this.listeners++;
      const subscription = this.subject.subscribe(subscriber);
      return () => {
        this.listeners--;
        subscription.unsubscribe();
        this.#end();
      };
    });
  }

  async *iterate(): AsyncGenerator<string> {
    this.listeners++;
    try {
      yield 'first';
      await this.ended;
    } finally {
      this.listeners--;
    }
  }

  end(): void {
    this.#end();
  }
}

let feed: Feed;

@Controller()
class StreamController {
  @SubscribeMapping('/watch')
  watch() {
    return feed.watch();
  }

  @SubscribeMapping('/watch-intercepted')
  @UseInterceptors(SHOUTING)
  intercepted() {
    return feed.watch();
  }

  @SubscribeMapping('/list')
  list() {
    return of('a', undefined, 'b');
  }

  @MessageMapping('/list')
  @SendTo('/topic/list')
  sent() {
    return of('a', 'b');
  }

  @MessageMapping('/watch')
  @SendToUser('/queue/watched')
  watchForUser() {
    return feed.watch();
  }

  @MessageMapping('/never')
  never() {
    return NEVER;
  }

  @SubscribeMapping('/generated')
  async *generated() {
    for (const item of ['x', 'y', 'z']) {
      await Promise.resolve();
      yield item;
    }
  }

  @SubscribeMapping('/generated-intercepted')
  @UseInterceptors(SHOUTING)
  async *generatedIntercepted() {
    yield 'x';
    yield 'y';
  }

  @SubscribeMapping('/iterate')
  iterate() {
    return feed.iterate();
  }

  @SubscribeMapping('/endless')
  async *endless() {
    feed.listeners++;
    try {
      for (let i = 0; ; i++) yield `${i} ${'x'.repeat(1_000)}`;
    } finally {
      feed.end();
    }
  }

  @MessageMapping('/fails-at-once')
  failsAtOnce() {
    return throwError(() => new WsException('at once'));
  }

  @MessageMapping('/handled')
  @SendToUser('/queue/x')
  handled() {
    return feed.watch();
  }

  @MessageExceptionHandler(RangeError)
  @SendToUser('/queue/x')
  onRangeError(error: RangeError) {
    return `handled ${error.message}`;
  }
}

describe('A stream that a handler returns', () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [StreamController],
      stomp: { transport: { streamLimit: 3 } },
    });
  });

  beforeEach(async () => {
    feed = new Feed();
    client = await application.connect('alice');
  });

  afterAll(() => application.stop());

  const texts = (of: StompTestClient) => of.take('MESSAGE').map(({ body }) => body.toString());

  it('answers a subscription item by item', async () => {
    await client.subscribe('/app/list');
    expect(texts(client)).toEqual(['a', 'b']);
  });

  it('goes where @SendTo says, item by item', async () => {
    await client.subscribe('/topic/list');
    await client.send('/app/list');
    expect(texts(client)).toEqual(['a', 'b']);
  });

  it('may be an async generator', async () => {
    await client.subscribe('/app/generated');
    for (const item of ['x', 'y', 'z']) expect(await nextText(client, '/app/generated')).toBe(item);
  });

  it('passes the interceptors item by item', async () => {
    await client.subscribe('/app/watch-intercepted');
    feed.subject.next('one');
    expect(await nextText(client, '/app/watch-intercepted')).toBe('one!');
    await client.subscribe('/app/generated-intercepted');
    expect(await nextText(client, '/app/generated-intercepted')).toBe('x!');
    expect(await nextText(client, '/app/generated-intercepted')).toBe('y!');
  });

  it.each(['/app/watch', '/app/watch-intercepted', '/app/iterate'])(
    'does not hold up the session, and ends with its subscription (%s)',
    async (destination) => {
      const id = await client.subscribe(destination);
      expect(feed.listeners).toBe(1);
      await client.receipt('UNSUBSCRIBE', { id });
      feed.end();
      await feed.ended;
      await Promise.resolve();
      expect(feed.listeners).toBe(0);
      client.take('MESSAGE');
      feed.subject.next('too late');
      expect(texts(client)).toEqual([]);
    },
  );

  it('ends with its session', async () => {
    await client.send('/app/watch');
    expect(feed.listeners).toBe(1);
    client.drop();
    await feed.ended;
    expect(feed.listeners).toBe(0);
  });

  it('of a generator without end is pulled as the client takes it, and ends with its subscription', async () => {
    const id = await client.subscribe('/app/endless');
    expect(await nextText(client, '/app/endless')).toMatch(/^0 /);
    client.transmit('UNSUBSCRIBE', { id });
    await feed.ended;
  });

  it('that fails at once fails the frame', async () => {
    await client.subscribe('/user/queue/errors');
    client.transmit('SEND', { destination: '/app/fails-at-once' });
    expect(await nextError(client)).toMatchObject({ message: 'at once' });
  });

  it('that fails later is handled by the exception handlers', async () => {
    await client.subscribe('/user/queue/x');
    await client.send('/app/handled');
    feed.subject.error(new RangeError('late'));
    expect(await nextText(client, '/user/queue/x')).toBe('handled late');
  });

  it('that fails later and is not handled is reported to the client and the log, not lost', async () => {
    await client.send('/app/handled');
    feed.subject.error(new TypeError('very late'));
    expect(await nextError(client)).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(logged).toContainEqual(
      expect.stringMatching(/^The stream of SEND \/app\/handled failed: TypeError: very late/),
    );
  });

  it('is one of a limited number for each session', async () => {
    await client.subscribe('/user/queue/errors');
    for (let i = 0; i < 3; i++) await client.send('/app/never');
    client.transmit('SEND', { destination: '/app/never' });
    expect(await nextError(client)).toMatchObject({
      message: 'The session has the 3 streams that this server allows.',
    });
    await (await application.connect()).send('/app/never');
  });
});
