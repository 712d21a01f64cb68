import { MessageDeliveryException } from '../../lib/exceptions/messaging.exception.js';
import { StompException } from '../../lib/exceptions/stomp.exception.js';
import type { ChannelInterceptor } from '../../lib/messaging/channel-interceptor.js';
import { MessageChannel, type MessageHandler } from '../../lib/messaging/message-channel.js';
import { Message } from '../../lib/messaging/message.js';
import { isPromise } from '../../lib/utils/maybe-promise.js';
import { deferred } from '../utils/deferred.js';

const message = (text: string, sessionId = 'session'): Message => Message.to(text, Buffer.alloc(0)).with({ sessionId });

/** A channel whose handler notes what it gets. */
function channelOf(...interceptors: ChannelInterceptor[]) {
  const handled: (string | undefined)[] = [];
  const channel = new MessageChannel('brokerChannel', interceptors);
  channel.subscribe({ handleMessage: ({ headers }) => void handled.push(headers.destination) });
  return { channel, handled };
}

/** Notes when it is called. */
function noting(log: string[], name: string): ChannelInterceptor {
  return {
    preSend: (sent) => (log.push(`preSend ${name}`), sent),
    postSend: () => void log.push(`postSend ${name}`),
    afterSendCompletion: (_, __, error) =>
      void log.push(`completed ${name}${error instanceof Error ? `: ${error}` : ''}`),
  };
}

function raise(sentence: string): never {
  throw new Error(sentence);
}

const failing: MessageHandler = {
  handleMessage: () => {
    throw new Error('broken');
  },
};

describe('MessageChannel', () => {
  it('hands a message to every handler, at once when nobody waits', () => {
    const { channel, handled } = channelOf();
    channel.subscribe({ handleMessage: ({ headers }) => void handled.push(`again ${headers.destination}`) });
    const sent = channel.send(message('a'));
    expect(isPromise(sent)).toBe(false);
    expect(handled).toEqual(['a', 'again a']);
  });

  it('is at once with interceptors too, as long as none of them waits', () => {
    const log: string[] = [];
    const { channel, handled } = channelOf(noting(log, 'one'));
    expect(isPromise(channel.send(message('a')))).toBe(false);
    expect(handled).toEqual(['a']);
  });

  it('settles when every handler has finished', async () => {
    const slow = deferred();
    const { channel } = channelOf();
    channel.subscribe({ handleMessage: () => slow.promise });
    let settled = false;
    const sent = Promise.resolve(channel.send(message('a'))).then(() => (settled = true));
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    slow.resolve();
    await sent;
  });

  it('throws what a handler throws, and rejects with what it rejects with', async () => {
    const { channel } = channelOf();
    channel.subscribe(failing);
    expect(() => channel.send(message('a'))).toThrow('broken');
    const other = channelOf().channel;
    other.subscribe({ handleMessage: () => Promise.reject(new Error('later')) });
    await expect(other.send(message('a'))).rejects.toThrow('later');
  });

  it('lets no failure pass unheard when one handler throws while another still waits', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { channel } = channelOf();
    channel.subscribe({ handleMessage: () => Promise.reject(new Error('the one that waits')) });
    channel.subscribe(failing);
    await expect(Promise.resolve(channel.send(message('a')))).rejects.toThrow();
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('Interceptors', () => {
  it('are asked in their order before, in reverse afterwards', () => {
    const log: string[] = [];
    const { channel } = channelOf(noting(log, 'one'), noting(log, 'two'));
    channel.subscribe({ handleMessage: () => void log.push('handled') });
    void channel.send(message('a'));
    expect(log).toEqual([
      'preSend one',
      'preSend two',
      'handled',
      'postSend two',
      'postSend one',
      'completed two',
      'completed one',
    ]);
  });

  it('see the channel', () => {
    let name: string | undefined;
    const { channel } = channelOf({ preSend: (sent, from) => ((name = from.name), sent) });
    void channel.send(message('a'));
    expect(name).toBe('brokerChannel');
  });

  it('can put another message in its place, which those behind them see', () => {
    const { channel, handled } = channelOf(
      { preSend: (sent) => sent.with({ destination: `${sent.headers.destination}b` }) },
      { preSend: (sent) => sent.with({ destination: `${sent.headers.destination}c` }) },
    );
    const sent = channel.send(message('a'));
    expect(handled).toEqual(['abc']);
    expect((sent as Message).headers.destination).toBe('abc');
  });

  it.each([null, undefined])('can drop a message silently by returning %p', (nothing) => {
    const log: string[] = [];
    const { channel, handled } = channelOf(
      noting(log, 'one'),
      { preSend: () => nothing as null },
      noting(log, 'never asked'),
    );
    expect(channel.send(message('a'))).toBeNull();
    expect(handled).toEqual([]);
    expect(log).toEqual(['preSend one', 'completed one']);
  });

  it('can refuse a message by throwing or rejecting', async () => {
    for (const preSend of [
      () => {
        throw new Error('the reason');
      },
      () => Promise.reject(new Error('the reason')),
    ]) {
      const log: string[] = [];
      const { channel, handled } = channelOf(noting(log, 'one'), { preSend }, noting(log, 'never asked'));
      const sent = (async () => channel.send(message('a')))();
      await expect(sent).rejects.toBeInstanceOf(MessageDeliveryException);
      await expect(sent).rejects.toMatchObject({ cause: new Error('the reason') });
      expect(handled).toEqual([]);
      expect(log).toEqual(['preSend one', 'completed one: MessageDeliveryException: The message was refused.']);
    }
  });

  it('can refuse with a MessageDeliveryException or StompException of their own', () => {
    for (const error of [new MessageDeliveryException('no'), new StompException('STOMP_ERR_ACCESS_DENIED', 'no')]) {
      const { channel } = channelOf({
        preSend: () => {
          throw error;
        },
      });
      expect(() => channel.send(message('a'))).toThrow(error);
    }
  });

  it('hear of a handler that failed after them, but postSend does not', () => {
    const log: string[] = [];
    const { channel } = channelOf(noting(log, 'one'));
    channel.subscribe(failing);
    expect(() => channel.send(message('a'))).toThrow('broken');
    expect(log).toEqual(['preSend one', 'completed one: Error: broken']);
  });

  it('that fail when everything is over are reported and fail nothing, be it one message or several', async () => {
    const log: string[] = [];
    const failures: unknown[] = [];
    const failing: ChannelInterceptor = {
      afterSendCompletion: () => {
        log.push('completed');
        throw new Error('too late');
      },
    };
    const channel = new MessageChannel('brokerChannel', [noting(log, 'one'), failing], (error) => failures.push(error));
    expect(channel.send(message('a'))).not.toBeNull();
    await channel.sendAll([message('b')]);
    const completed = log.filter((line) => line.startsWith('completed'));
    expect(completed).toEqual(['completed', 'completed one', 'completed', 'completed one']);
    expect(failures).toEqual([new Error('too late'), new Error('too late')]);
  });

  it('that are async where nobody waits are reported when they reject', async () => {
    const failures: unknown[] = [];
    const rejecting = { postSend: async () => raise('post'), afterSendCompletion: async () => raise('completed') };
    const channel = new MessageChannel('brokerChannel', [rejecting], (error) => failures.push(error));
    expect(channel.send(message('a'))).not.toBeNull();
    await new Promise(setImmediate);
    expect(failures).toEqual([new Error('post'), new Error('completed')]);
  });

  it('need not have all methods', () => {
    const log: string[] = [];
    const { channel, handled } = channelOf({}, { postSend: () => void log.push('postSend') });
    void channel.send(message('a'));
    expect(handled).toEqual(['a']);
    expect(log).toEqual(['postSend']);
  });
});

describe('The order of messages', () => {
  it('of one session is kept, whoever of them has to wait', async () => {
    const waits = new Map([
      ['a', deferred()],
      ['c', deferred()],
    ]);
    const { channel, handled } = channelOf({
      preSend: (sent) => {
        const wait = waits.get(sent.headers.destination!);
        return wait ? wait.promise.then(() => sent) : sent;
      },
    });
    const sent = ['a', 'b', 'c', 'd'].map((text) => channel.send(message(text)));
    waits.get('c')!.resolve();
    await new Promise(setImmediate);
    expect(handled).toEqual([]);
    waits.get('a')!.resolve();
    await Promise.all(sent);
    expect(handled).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is kept when one of them is refused', async () => {
    const { channel, handled } = channelOf({
      preSend: async (sent) => {
        if (sent.headers.destination === 'a') throw new Error('no');
        return sent;
      },
    });
    const sent = ['a', 'b', 'c'].map((text) => channel.send(message(text)) as Promise<unknown>);
    await expect(sent[0]).rejects.toThrow('The message was refused.');
    await Promise.all(sent.slice(1));
    expect(handled).toEqual(['b', 'c']);
  });

  it('holds up no other session', async () => {
    const wait = deferred();
    const { channel, handled } = channelOf({
      preSend: (sent) => (sent.headers.sessionId === 'slow' ? wait.promise.then(() => sent) : sent),
    });
    const slow = channel.send(message('slow message', 'slow'));
    void channel.send(message('quick message', 'quick'));
    expect(handled).toEqual(['quick message']);
    wait.resolve();
    await slow;
    expect(handled).toEqual(['quick message', 'slow message']);
  });

  it('is that of sending again once nobody waits any more', async () => {
    let isSlow = true;
    const { channel, handled } = channelOf({ preSend: (sent) => (isSlow ? Promise.resolve(sent) : sent) });
    await channel.send(message('a'));
    await new Promise(setImmediate);
    isSlow = false;
    expect(isPromise(channel.send(message('b')))).toBe(false);
    expect(handled).toEqual(['a', 'b']);
  });

  it('lets a handler send on what has been resolved from the message under way, without waiting for itself', async () => {
    const { channel, handled } = channelOf({ preSend: (sent) => Promise.resolve(sent) });
    channel.subscribe({
      handleMessage: async (sent) => {
        if (!sent.headers.isPrivate) await channel.send(sent.with({ destination: 'resolved', isPrivate: true }));
      },
    });
    await channel.send(message('to a user'));
    expect(handled).toEqual(['to a user', 'resolved']);
  });
});

describe('sendAll', () => {
  const three = () => ['a', 'b', 'c'].map((text) => message(text));

  it('handles all messages in their order', async () => {
    const { channel, handled } = channelOf({ preSend: (sent) => Promise.resolve(sent) });
    await channel.sendAll(three());
    expect(handled).toEqual(['a', 'b', 'c']);
  });

  it('lets nothing come between them while no handler waits', async () => {
    const { channel, handled } = channelOf();
    const all = channel.sendAll(three());
    await Promise.resolve().then(() => channel.send(message('between?', 'other')));
    await all;
    const between = handled.indexOf('between?');
    expect(between === 0 || between === 3).toBe(true);
  });

  it('handles none when an interceptor refuses one of them', async () => {
    const log: string[] = [];
    const { channel, handled } = channelOf(noting(log, 'one'), {
      preSend: (sent) => {
        if (sent.headers.destination === 'c') throw new Error('no');
        return sent;
      },
    });
    await expect(channel.sendAll(three())).rejects.toThrow('The message was refused.');
    expect(handled).toEqual([]);
    // Of all three: the interceptor that refused had not let the third pass, but the one before it had.
    expect(log.filter((line) => line.startsWith('completed one: '))).toHaveLength(3);
  });

  it('handles none when a handler would refuse one of them', async () => {
    const { channel, handled } = channelOf();
    channel.subscribe({
      handleMessage: () => {},
      validate: (messages) => {
        if (messages.some(({ headers }) => headers.destination === 'b')) throw new Error('full');
      },
    });
    await expect(channel.sendAll(three())).rejects.toThrow('full');
    expect(handled).toEqual([]);
  });

  it('leaves out those that an interceptor dropped', async () => {
    const log: string[] = [];
    const { channel, handled } = channelOf(noting(log, 'one'), {
      preSend: (sent) => (sent.headers.destination === 'b' ? null : sent),
    });
    await channel.sendAll(three());
    expect(handled).toEqual(['a', 'c']);
    expect(log.filter((line) => line === 'postSend one')).toHaveLength(2);
    expect(log.filter((line) => line === 'completed one')).toHaveLength(3);
  });

  it('completes each message once, also when a handler fails in the midst of them', async () => {
    const log: string[] = [];
    const { channel, handled } = channelOf(noting(log, 'one'));
    channel.subscribe({
      handleMessage: ({ headers }) => {
        if (headers.destination === 'b') throw new Error('broken');
      },
    });
    await expect(channel.sendAll(three())).rejects.toThrow('broken');
    expect(handled).toEqual(['a', 'b']);
    expect(log.filter((line) => line.startsWith('completed'))).toEqual([
      'completed one',
      'completed one: Error: broken',
      'completed one: Error: broken',
    ]);
  });

  it('takes nothing for everything', async () => {
    await channelOf().channel.sendAll([]);
  });
});
