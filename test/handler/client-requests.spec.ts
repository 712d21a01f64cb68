import { Controller } from '@nestjs/common';
import {
  MessageConversionException,
  MessageDeliveryException,
  MessageMapping,
  MessageTimeoutException,
  SimpMessagingTemplate,
  SimpUserRegistry,
} from '../../lib/index.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { nextError } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

const JSON_TYPE = { 'content-type': 'application/json' };

@Controller()
class EverythingController {
  @MessageMapping('/**')
  everything() {
    throw new Error('a reply is no message to the application');
  }
}

describe('SimpMessagingTemplate.request()', () => {
  let application: StartedModule;
  let template: SimpMessagingTemplate;
  let alice: StompTestClient;

  async function connect(user?: string): Promise<StompTestClient> {
    const client = await application.connect(user);
    for (const destination of ['/user/queue/questions', '/user/queue/errors']) await client.subscribe(destination);
    return client;
  }

  function question(client: StompTestClient): Promise<StompFrame> {
    return client.next(({ headers }) => headers.get('destination') === '/user/queue/questions');
  }

  function sessionOf(user: string) {
    return application.app.get(SimpUserRegistry, { strict: false }).getUser(user)!.sessions;
  }

  beforeEach(async () => {
    application = await startModule({ controllers: [EverythingController], stomp: { requests: { limit: 2 } } });
    template = application.app.get(SimpMessagingTemplate, { strict: false });
    alice = await connect('alice');
  });

  afterEach(() => application.stop());

  it('resolves with what the client sends to reply-to', async () => {
    const answer = template.request('alice', '/queue/questions', { what: 'now?' }, { headers: { 'x-kind': 'poll' } });
    const { headers, body } = await question(alice);
    expect(body.toString()).toBe('{"what":"now?"}');
    expect(headers.get('x-kind')).toBe('poll');
    expect(headers.get('reply-to')).toBe(`/reply/${headers.get('correlation-id')}`);
    await alice.send(headers.get('reply-to')!, { yes: true }, { 'correlation-id': headers.get('correlation-id') });
    expect(await answer).toEqual({ yes: true });
  });

  it('converts the reply to the type that is wanted', async () => {
    const bytes = template.request('alice', '/queue/questions', '', { type: Uint8Array });
    await alice.send((await question(alice)).headers.get('reply-to')!, Uint8Array.of(1, 2));
    expect([...((await bytes) as Uint8Array)]).toEqual([1, 2]);

    const number = template.request('alice', '/queue/questions', '', { type: Number });
    const rejected = expect(number).rejects.toThrow(MessageConversionException);
    alice.transmit('SEND', { destination: (await question(alice)).headers.get('reply-to'), ...JSON_TYPE }, '"x"');
    await rejected;
    expect(await nextError(alice)).toMatchObject({ code: 'MESSAGE_CONVERSION' });
  });

  it('asks all sessions of a user, and takes the first reply', async () => {
    const elsewhere = await connect('alice');
    const answer = template.request('alice', '/queue/questions', '');
    const replyTo = (await question(alice)).headers.get('reply-to')!;
    await question(elsewhere);
    await elsewhere.send(replyTo, 'elsewhere');
    expect(await answer).toBe('elsewhere');
    alice.transmit('SEND', { destination: replyTo }, 'too late');
    expect(await nextError(alice)).toMatchObject({ message: expect.stringContaining('Nobody waits') });
  });

  it('asks one session alone, which alone may reply', async () => {
    const elsewhere = await connect('alice');
    const answer = template.request(sessionOf('alice')[0]!, '/queue/questions', '');
    const replyTo = (await question(alice)).headers.get('reply-to')!;
    expect(elsewhere.take('MESSAGE')).toEqual([]);
    elsewhere.transmit('SEND', { destination: replyTo }, 'not asked');
    expect(await nextError(elsewhere)).toMatchObject({ message: expect.stringContaining('Nobody waits') });
    await alice.send(replyTo, 'asked');
    expect(await answer).toBe('asked');
  });

  it('takes no reply from another user', async () => {
    const mallory = await connect('mallory');
    const answer = template.request('alice', '/queue/questions', '');
    const replyTo = (await question(alice)).headers.get('reply-to')!;
    mallory.transmit('SEND', { destination: replyTo }, 'forged');
    expect(await nextError(mallory)).toMatchObject({ message: expect.stringContaining('Nobody waits') });
    await alice.send(replyTo, 'mine');
    expect(await answer).toBe('mine');
  });

  it('asks a session without a user by its id', async () => {
    const client = StompTestClient.open(application.app);
    client.transmit('CONNECT', { 'accept-version': '1.2' });
    const id = (await client.next('CONNECTED')).headers.get('session')!;
    await client.subscribe('/user/queue/questions');
    const answer = template.request(id, '/queue/questions', '');
    await client.send((await question(client)).headers.get('reply-to')!, 'here');
    expect(await answer).toBe('here');
  });

  it('rejects when no reply comes in time', async () => {
    const answer = template.request('alice', '/queue/questions', '', { timeout: 1 });
    await expect(answer).rejects.toThrow(MessageTimeoutException);
    await expect(answer).rejects.toThrow('No reply came from "alice" within 1 ms.');
  });

  it('rejects when the last session of the user has gone', async () => {
    const elsewhere = await connect('alice');
    const answer = template.request('alice', '/queue/questions', '');
    const rejected = expect(answer).rejects.toThrow('"alice" has gone without a reply.');
    await question(elsewhere);
    await alice.disconnect();
    await elsewhere.disconnect();
    await rejected;
  });

  it('rejects when the session has gone', async () => {
    const elsewhere = await connect('alice');
    const answer = template.request(sessionOf('alice')[1]!, '/queue/questions', '');
    const rejected = expect(answer).rejects.toThrow(MessageDeliveryException);
    await question(elsewhere);
    await elsewhere.disconnect();
    await rejected;
  });

  it('rejects when nobody is there, when the value cannot be written and when the application stops', async () => {
    await expect(template.request('carol', '/queue/questions', '')).rejects.toThrow('"carol" is not connected.');
    await expect(template.request('alice', '/queue/questions', 1n)).rejects.toThrow(MessageConversionException);
    const rejected = expect(template.request('alice', '/queue/questions', '')).rejects.toThrow('has gone');
    await application.stop();
    await rejected;
  });

  it('rejects when too many requests wait, until one of them has its reply', async () => {
    const first = template.request('alice', '/queue/questions', 1);
    const second = template.request('alice', '/queue/questions', 2);
    await expect(template.request('alice', '/queue/questions', 3)).rejects.toThrow('There are 2 requests');
    await alice.send((await question(alice)).headers.get('reply-to')!, 'first');
    expect(await first).toBe('first');
    const third = template.request('alice', '/queue/questions', 3);
    for (const expected of ['second', 'third']) {
      await alice.send((await question(alice)).headers.get('reply-to')!, expected);
    }
    expect(await Promise.all([second, third])).toEqual(['second', 'third']);
  });
});
