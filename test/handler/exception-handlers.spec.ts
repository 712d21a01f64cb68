import { Catch, Controller, UseFilters } from '@nestjs/common';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendTo,
  SendToUser,
} from '../../lib/decorators/index.js';
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
    await client.send(destination);
    expect(await nextText(client, '/user/queue/handled')).toBe(expected);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('may be answered on a topic with a variable of the mapping', async () => {
    await client.subscribe('/topic/errors.topic');
    await client.send('/app/throw/topic');
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
      await client.send(`/app/all/${what}`);
      expect(await nextText(client, `/topic/all/${what}`)).toBe(text);
    },
  );
});
