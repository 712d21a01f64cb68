import { Catch, Controller, Injectable, UseFilters } from '@nestjs/common';
import { concat, of, throwError } from 'rxjs';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendTo,
  SendToUser,
  StompControllerAdvice,
  SubscribeMapping,
} from '../../lib/decorators/index.js';
import { MessageConversionException, SimpUserRegistry } from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextError, nextText, startApplication, type TestApplication } from './support/start-application.js';

class BusinessError extends Error {}
class NearError extends BusinessError {}
class NearestError extends NearError {}
class TypedError extends Error {}
class LateError extends Error {}
class TopicError extends Error {}
class FailingError extends Error {}
class PlainClass {}

@Catch()
class LastFilter {
  catch(exception: Error) {
    return { filtered: exception.message };
  }
}

@Controller()
@UseFilters(LastFilter)
class FailingController {
  @MessageMapping('/throw/{what}')
  fail(@DestinationVariable('what') what: string) {
    throw {
      business: new BusinessError('business'),
      near: new NearError('near'),
      nearest: new NearestError('nearest'),
      cause: new RangeError('outer', { cause: new TypeError('middle', { cause: new NearError('inner') }) }),
      typed: new TypedError('typed'),
      late: new LateError('late'),
      topic: new TopicError('topic'),
      failing: new FailingError('failing'),
      plain: new PlainClass(),
      unknown: new RangeError('unknown'),
      string: 'a string',
    }[what]!;
  }

  @MessageMapping('/async')
  async failLater() {
    await Promise.resolve();
    throw new BusinessError('async');
  }

  @MessageMapping('/argument')
  argument(@Payload() _value: number) {}

  @MessageExceptionHandler(BusinessError)
  @SendToUser('/queue/handled')
  business(error: BusinessError) {
    return `business: ${error.message}`;
  }

  @MessageExceptionHandler(NearError)
  @SendToUser('/queue/handled')
  near(error: NearError) {
    return `near: ${error.message}`;
  }

  @MessageExceptionHandler()
  @SendToUser('/queue/handled', { broadcast: false })
  typed(error: TypedError, user: Principal, @DestinationVariable('what') what: string) {
    return `typed: ${error.message} ${user.name} ${what}`;
  }

  @MessageExceptionHandler(LateError)
  @SendToUser('/queue/handled')
  async late(error: LateError) {
    await Promise.resolve();
    return `late: ${error.message}`;
  }

  @MessageExceptionHandler(TopicError)
  @SendTo('/topic/errors.{what}')
  topic(error: TopicError) {
    return error.message;
  }

  @MessageExceptionHandler(FailingError)
  failing() {
    throw new Error('failed itself');
  }

  @MessageExceptionHandler(PlainClass)
  @SendToUser('/queue/handled')
  plain(error: unknown) {
    return `plain: ${String(error instanceof PlainClass)}`;
  }
}

@Controller()
class CatchAllController {
  @MessageMapping('/all/{what}')
  fail(@DestinationVariable('what') what: string) {
    throw what === 'string' ? 'a string' : new Error('an error');
  }

  @MessageExceptionHandler()
  everything(error: unknown) {
    return { everything: error instanceof Error ? error.message : error };
  }
}

describe('An exception of a handler', () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startApplication({ controllers: [FailingController, CatchAllController] });
  });

  beforeEach(async () => {
    client = await application.connect('alice');
    await client.subscribe('/user/queue/handled');
  });

  afterAll(() => application.stop());

  it.each([
    ['is handled by the method for its type', '/app/throw/business', 'business: business'],
    ['is handled by the method for the nearest type', '/app/throw/near', 'near: near'],
    ['is handled by the method for a type that it extends', '/app/throw/nearest', 'near: nearest'],
    ['is handled by its cause if it has no handler itself', '/app/throw/cause', 'near: inner'],
    ['is handled by the method whose parameter declares it', '/app/throw/typed', 'typed: typed alice typed'],
    ['may be handled later', '/app/throw/late', 'late: late'],
    ['may come later', '/app/async', 'business: async'],
    ['need not be an Error', '/app/throw/plain', 'plain: true'],
  ])('%s', async (_what, destination, expected) => {
    client.transmit('SEND', { destination });
    expect(await nextText(client, '/user/queue/handled')).toBe(expected);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('may be answered on a topic with a variable of the mapping', async () => {
    await client.subscribe('/topic/errors.topic');
    client.transmit('SEND', { destination: '/app/throw/topic' });
    expect(await nextText(client, '/topic/errors.topic')).toBe('topic');
  });

  it('without a handler goes to the filters', async () => {
    client.transmit('SEND', { destination: '/app/throw/unknown' });
    expect(await nextError(client)).toEqual({ filtered: 'unknown' });
  });

  it('of an argument is one like any other', async () => {
    client.transmit('SEND', { destination: '/app/argument', 'content-type': 'text/plain' }, 'x');
    expect(await nextError(client)).toEqual({ filtered: 'The payload is not a Number.' });
  });

  it('in the exception handler itself goes to the filters', async () => {
    client.transmit('SEND', { destination: '/app/throw/failing' });
    expect(await nextError(client)).toEqual({ filtered: 'failed itself' });
  });

  it.each([
    ['error', '{"everything":"an error"}'],
    ['string', '{"everything":"a string"}'],
  ])(
    'that is anything goes to a handler without types, and by default to the mapped topic (%s)',
    async (what, text) => {
      await client.subscribe(`/topic/all/${what}`);
      client.transmit('SEND', { destination: `/app/all/${what}` });
      expect(await nextText(client, `/topic/all/${what}`)).toBe(text);
    },
  );
});

class OwnError extends Error {}
class AdviceError extends Error {}
class StreamError extends Error {}
class PublishedError extends Error {}
class UserError extends Error {}
class SilentError extends Error {}
class FilterError extends Error {}
class SilentFilterError extends Error {}
class UnwritableError extends Error {}

const FAILURES: Record<string, new (message: string) => Error> = {
  OwnError,
  AdviceError,
  StreamError,
  PublishedError,
  UserError,
  SilentError,
  FilterError,
  SilentFilterError,
  UnwritableError,
};

@Catch(FilterError)
class AnsweringFilter {
  catch({ message }: FilterError) {
    return { filtered: message };
  }
}

@Catch(SilentFilterError, MessageConversionException)
class SilentFilter {
  catch(): void {}
}

@Injectable()
@StompControllerAdvice()
class Advice {
  @MessageExceptionHandler(AdviceError)
  @SendToUser('/queue/handled', { broadcast: false })
  advised({ message }: AdviceError) {
    return `advised ${message}`;
  }
}

@Controller()
@UseFilters(AnsweringFilter, SilentFilter)
class AnsweredController {
  @MessageMapping('/fail/{what}')
  @SubscribeMapping('/fail/{what}')
  fail(@DestinationVariable('what') what: string) {
    throw what === 'undefined' ? undefined : new FAILURES[what]!('it');
  }

  @SubscribeMapping('/late')
  late() {
    return concat(
      of('begun'),
      throwError(() => new OwnError('late')),
    );
  }

  @MessageMapping('/fine')
  @SendToUser('/queue/handled', { broadcast: false })
  fine() {
    return 'fine';
  }

  @MessageExceptionHandler(OwnError)
  @SendToUser('/queue/handled', { broadcast: false })
  async own({ message }: OwnError) {
    await Promise.resolve();
    return { code: 'OWN', message: `handled ${message}` };
  }

  @MessageExceptionHandler(StreamError)
  @SendToUser('/queue/handled', { broadcast: false })
  streamed() {
    return of('one', 'two');
  }

  @MessageExceptionHandler(PublishedError)
  @SendTo('/topic/failures')
  published() {
    return 'published';
  }

  @MessageExceptionHandler(UserError)
  @SendToUser('/queue/handled')
  toUser() {
    return 'to all sessions of the user';
  }

  @MessageExceptionHandler(UnwritableError)
  unwritable() {
    // That it cannot be written the filter handles, and says nothing.
    return { big: 1n };
  }

  @MessageExceptionHandler(SilentError)
  silent(): void {}
}

describe('The RECEIPT of a frame that has failed', () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startApplication({ controllers: [AnsweredController], providers: [Advice] });
  });

  beforeEach(async () => {
    client = await application.connect('alice', { timeout: 1_000 });
    for (const destination of ['/user/queue/handled', '/topic/failures']) await client.subscribe(destination);
  });

  afterEach(() => client.disconnect());
  afterAll(() => application.stop());

  /** All that a frame is answered with. */
  async function answers(command: 'SEND' | 'SUBSCRIBE', destination: string, headers = {}) {
    client.transmit(command, { id: 'failed', destination, receipt: 'r', ...headers });
    await client.settled();
    return client
      .take()
      .map((frame) => [frame.command, frame.headers.get('failed-receipt'), frame.body.toString()].join(' ').trim());
  }

  const ANSWERED = [
    ['an exception handler', 'OwnError', ['MESSAGE r {"code":"OWN","message":"handled it"}']],
    ['an exception handler of an advice', 'AdviceError', ['MESSAGE r advised it']],
    ['an exception handler, with a stream', 'StreamError', ['MESSAGE r one', 'MESSAGE r two']],
    ['an exception handler, on a topic', 'PublishedError', ['MESSAGE  published']],
    ['an exception handler, to all sessions of the user', 'UserError', ['MESSAGE  to all sessions of the user']],
    ['a filter', 'FilterError', ['MESSAGE r {"filtered":"it"}']],
  ] as const;

  it.each(ANSWERED)('is not sent if %s answers', async (_who, error, expected) => {
    expect(await answers('SEND', `/app/fail/${error}`)).toEqual(expected);
    expect(await answers('SUBSCRIBE', `/app/fail/${error}`)).toEqual(expected);
  });

  it.each(ANSWERED)('is not sent to one who listens for nothing either (%s)', async (_who, error) => {
    const deaf = await application.connect('bob');
    deaf.transmit('SEND', { destination: `/app/fail/${error}`, receipt: 'r' });
    await deaf.settled();
    expect(deaf.take('RECEIPT')).toEqual([]);
    await deaf.disconnect();
  });

  it.each(['SilentError', 'SilentFilterError', 'UnwritableError'])(
    'is sent if what handles it says nothing: %s',
    async (error) => {
      expect(await answers('SEND', `/app/fail/${error}`)).toEqual(['RECEIPT']);
      expect(await answers('SUBSCRIBE', `/app/fail/${error}`)).toEqual(['RECEIPT']);
      await client.unsubscribe('failed');
    },
  );

  it('is not sent for a SUBSCRIBE that has failed, which is no subscription: its id is free', async () => {
    await answers('SUBSCRIBE', '/app/fail/OwnError');
    const subscriptions = application.app.get(SimpUserRegistry).findSubscriptions(({ id }) => id === 'failed');
    expect(subscriptions).toEqual([]);
    await client.receipt('SUBSCRIBE', { id: 'failed', destination: '/topic/x' });
    await client.unsubscribe('failed');
  });

  it('is sent for a SUBSCRIBE whose stream has begun, whatever is said when it fails', async () => {
    const frames = await answers('SUBSCRIBE', '/app/late');
    expect(frames).toContain('RECEIPT');
    expect(frames).toContain('MESSAGE  begun');
    await client.unsubscribe('failed');
  });

  it('is not sent for the COMMIT of a transaction in which a frame has failed', async () => {
    client.transmit('BEGIN', { transaction: 't' });
    for (const what of ['fail/OwnError', 'fine']) {
      client.transmit('SEND', { destination: `/app/${what}`, transaction: 't', receipt: what });
    }
    for (const _frame of [1, 2]) expect((await client.next('RECEIPT')).headers.get('receipt-id')).toMatch(/^f/);
    await expect(client.receipt('COMMIT', { transaction: 't' })).rejects.toThrow('handled it');
    expect(await nextText(client, '/user/queue/handled')).toBe('fine');
    await client.settled();
    expect(client.take()).toEqual([]);
  });

  it('is named by the answer to its sender alone, and not by ordinary replies', async () => {
    expect(await answers('SEND', '/app/fine')).toEqual(['MESSAGE  fine', 'RECEIPT']);
    const elsewhere = await application.connect('alice');
    await elsewhere.subscribe('/user/queue/handled');
    await answers('SEND', '/app/fail/OwnError');
    await elsewhere.settled();
    expect(elsewhere.take('MESSAGE')).toEqual([]);
    await answers('SEND', '/app/fail/UserError');
    expect((await elsewhere.nextMessage()).headers.get('failed-receipt')).toBeUndefined();
    await elsewhere.disconnect();
  });

  it('is named where nobody has a name, for then no other session is the user’s', async () => {
    const nobody = await application.connect();
    await nobody.subscribe('/user/queue/handled');
    await expect(nobody.send('/app/fail/UserError')).rejects.toThrow('to all sessions of the user');
    await nobody.disconnect();
  });

  it('is not named where none was asked for', async () => {
    client.transmit('SEND', { destination: '/app/fail/OwnError' });
    expect((await client.nextMessage()).headers.get('failed-receipt')).toBeUndefined();
  });

  it('does not keep the correlation-id from the answer', async () => {
    client.transmit('SEND', { destination: '/app/fail/FilterError', receipt: 'r', 'correlation-id': 'c' });
    const { headers } = await client.nextMessage();
    expect([headers.get('correlation-id'), headers.get('failed-receipt')]).toEqual(['c', 'r']);
  });
});
