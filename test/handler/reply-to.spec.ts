import { Catch, Controller, UseFilters } from '@nestjs/common';
import { from } from 'rxjs';
import { MessageExceptionHandler, MessageMapping, SendTo, SendToUser } from '../../lib/index.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextError, nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

const calls: string[] = [];

class HandledError extends Error {}

@Catch(RangeError)
class RangeFilter {
  catch(error: RangeError) {
    return { filtered: error.message };
  }
}

@Controller()
class ReplyController {
  @MessageMapping('/upper')
  @SendTo('/topic/upper')
  upper(text: string) {
    calls.push(text);
    return text.toUpperCase();
  }

  @MessageMapping('/private')
  @SendToUser('/queue/private')
  toUser(text: string) {
    return text.toUpperCase();
  }

  @MessageMapping('/answer')
  @SendToUser('/queue/private', { broadcast: false })
  answer(text: string) {
    return text.toUpperCase();
  }

  @MessageMapping('/nothing')
  nothing() {}

  @MessageMapping('/stream')
  @SendTo('/topic/upper')
  stream() {
    return from([1, 2]);
  }

  @MessageMapping('/fail')
  fail() {
    throw new HandledError('handled');
  }

  @MessageMapping('/filtered')
  @UseFilters(RangeFilter)
  filtered() {
    throw new RangeError('out of range');
  }

  @MessageExceptionHandler(HandledError)
  @SendToUser('/queue/handled')
  handled(error: HandledError) {
    return error.message;
  }
}

const REPLY_TO = { 'reply-to': '/user/queue/replies', 'correlation-id': 'c-1' };

function nextReply(client: StompTestClient, destination = '/user/queue/replies'): Promise<StompFrame> {
  return client.next(({ command, headers }) => command === 'MESSAGE' && headers.get('destination') === destination);
}

describe('A SEND with reply-to', () => {
  let application: StartedModule;
  let alice: StompTestClient;
  let elsewhere: StompTestClient;
  let bob: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [ReplyController] });
  });

  beforeEach(async () => {
    calls.length = 0;
    alice = await application.connect('alice');
    elsewhere = await application.connect('alice');
    bob = await application.connect('bob');
    for (const client of [alice, elsewhere, bob]) {
      for (const name of ['replies', 'private', 'handled', 'errors']) await client.subscribe(`/user/queue/${name}`);
      await client.subscribe('/topic/upper');
    }
  });

  afterEach(async () => {
    for (const client of [alice, elsewhere, bob]) await client.disconnect();
  });

  afterAll(() => application.stop());

  it('has the reply sent there too, to its own session alone, with its correlation-id', async () => {
    await alice.send('/app/upper', 'hello', REPLY_TO);
    const reply = await nextReply(alice);
    expect(reply.body.toString()).toBe('HELLO');
    expect(reply.headers.get('correlation-id')).toBe('c-1');
    for (const client of [alice, elsewhere, bob]) {
      const [shared, ...others] = client.take('MESSAGE');
      expect(shared!.headers.get('destination')).toBe('/topic/upper');
      expect(shared!.headers.get('correlation-id')).toBeUndefined();
      expect(others).toEqual([]);
    }
  });

  it('need not have a correlation-id, and its sender need not have a name', async () => {
    const nobody = await application.connect();
    await nobody.subscribe('/user/queue/replies');
    await nobody.send('/app/upper', 'hello', { 'reply-to': '/user/queue/replies' });
    expect((await nextReply(nobody)).headers.get('correlation-id')).toBeUndefined();
    await nobody.disconnect();
  });

  it('to where the reply goes anyway has it sent once', async () => {
    await alice.send('/app/private', 'hello', { ...REPLY_TO, 'reply-to': '/user/queue/private' });
    const reply = await nextReply(alice, '/user/queue/private');
    expect(reply.headers.get('correlation-id')).toBe('c-1');
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('is not needed for the correlation-id of what goes to the asking session alone', async () => {
    await alice.send('/app/answer', 'hello', { 'correlation-id': 'c-2' });
    expect((await nextReply(alice, '/user/queue/private')).headers.get('correlation-id')).toBe('c-2');
    await alice.send('/app/private', 'hello', { 'correlation-id': 'c-3' });
    expect((await nextReply(alice, '/user/queue/private')).headers.get('correlation-id')).toBeUndefined();
  });

  it('that names a user names a destination of its own all the same', async () => {
    await bob.subscribe('/user/alice/queue/replies');
    await bob.send('/app/upper', 'hello', { 'reply-to': '/user/alice/queue/replies' });
    await nextReply(bob, '/user/alice/queue/replies');
    const destinations = alice.take('MESSAGE').map(({ headers }) => headers.get('destination'));
    expect(destinations).toEqual(['/topic/upper']);
  });

  it.each(['/topic/upper', '/queue/replies', '/app/upper', 'nonsense', '/user', ''])(
    'to %j is refused before the handler is called',
    async (replyTo) => {
      alice.transmit('SEND', { destination: '/app/upper', 'reply-to': replyTo }, 'hello');
      expect(await nextError(alice)).toMatchObject({
        code: 'MESSAGE_HANDLING',
        message: expect.stringContaining('reply-to'),
      });
      expect(calls).toEqual([]);
    },
  );

  it('has nothing sent where nothing is returned', async () => {
    await alice.send('/app/nothing', '', REPLY_TO);
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('gets each item of a stream', async () => {
    alice.transmit('SEND', { destination: '/app/stream', ...REPLY_TO });
    expect((await nextReply(alice)).body.toString()).toBe('1');
    const second = await nextReply(alice);
    expect([second.body.toString(), second.headers.get('correlation-id')]).toEqual(['2', 'c-1']);
  });

  it('gets the reply of an exception handler', async () => {
    alice.transmit('SEND', { destination: '/app/fail', ...REPLY_TO });
    const reply = await nextReply(alice);
    expect([reply.body.toString(), reply.headers.get('correlation-id')]).toEqual(['handled', 'c-1']);
    expect(await nextText(alice, '/user/queue/handled')).toBe('handled');
  });

  it('gets what a filter says on the error destination, with its correlation-id', async () => {
    alice.transmit('SEND', { destination: '/app/filtered', ...REPLY_TO });
    const error = await nextReply(alice, '/user/queue/errors');
    expect([error.body.toString(), error.headers.get('correlation-id')]).toEqual([
      '{"filtered":"out of range"}',
      'c-1',
    ]);
  });
});
