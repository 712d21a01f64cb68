import type { ErrorHandler, ErrorReply } from '../../lib/index.js';
import { startRuntime } from '../utils/runtime.js';

describe('The errorHandler', () => {
  it('has the last word on the headers and the body of an ERROR, which closes all the same', async () => {
    const { connect } = startRuntime({
      errorHandler: (reply) => {
        reply.headers.set('content-type', 'application/json').append('support-id', reply.session.id);
        reply.body = JSON.stringify({ code: reply.exception.code, text: 'größer' });
      },
    });
    const client = await connect();
    client.transmit('UNSUBSCRIBE', { id: 'unknown', receipt: 'r' });
    const { headers, body } = await client.next('ERROR');
    expect(JSON.parse(body.toString())).toEqual({ code: 'STOMP_ERR_SUBSCRIPTION', text: 'größer' });
    expect(headers.getAll('content-type')).toEqual(['application/json']);
    expect(headers.get('support-id')).toMatch(/^[\da-f-]{36}$/);
    expect([headers.get('code'), headers.get('receipt-id')]).toEqual(['STOMP_ERR_SUBSCRIPTION', 'r']);
    expect(await client.closed).toMatchObject({ code: 1002 });
  });

  it('knows what a handler or an interceptor has thrown', async () => {
    const replies: ErrorReply[] = [];
    const failure = new Error('sold out');
    const { connect, runtime } = startRuntime(
      { errorHandler: (reply) => void replies.push(reply) },
      {
        clientInboundChannel: [
          {
            preSend: (message) => {
              if (message.headers.destination === '/topic/refused') throw failure;
              return message;
            },
          },
        ],
      },
    );
    runtime.inbound.subscribe({
      handleMessage: ({ headers }) => {
        if (headers.destination === '/app/fails') throw failure;
      },
    });
    for (const destination of ['/topic/refused', '/app/fails']) {
      const client = await connect();
      client.transmit('SEND', { destination, receipt: 'r' });
      await client.next('ERROR');
    }
    const [refused, failed] = replies.map(({ exception }) => exception);
    expect([refused!.code, (refused!.cause as Error).cause]).toEqual(['STOMP_ERR_ACCESS_DENIED', failure]);
    expect([failed!.code, failed!.cause]).toEqual(['STOMP_ERR_HANDLER', failure]);
  });

  it.each<[string, ErrorHandler]>([
    ['a header that is no text', ({ headers }) => void headers.append('support-id', 42 as never)],
    ['a header without a name', ({ headers }) => void headers.append(undefined as never, 'x')],
    ['a body of nothing', (reply) => (reply.body = Object.create(null) as never)],
    ['a symbol', ({ headers }) => void headers.append('support-id', Symbol('id') as never)],
  ])('ends its own session and nothing else with %s', async (_, errorHandler) => {
    const { connect } = startRuntime({ errorHandler });
    const [client, bystander] = [await connect(), await connect()];
    client.write('NONSENSE\n\n\0');
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_UNKNOWN_COMMAND');
    expect(await client.closed).toMatchObject({ code: 1002 });
    await bystander.send('/topic/still', 'here');
  });

  const failure = new Error('broken');

  it.each<[string, ErrorHandler]>([
    [
      'throws',
      () => {
        throw failure;
      },
    ],
    ['rejects', () => Promise.reject(failure) as never],
  ])('that %s is logged, and the ERROR goes out as it is', async (_, errorHandler) => {
    const { connect, errors } = startRuntime({ errorHandler });
    const client = await connect();
    client.write('NONSENSE\n\n\0');
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_UNKNOWN_COMMAND');
    expect(await client.closed).toMatchObject({ code: 1002 });
    expect(errors).toEqual([failure]);
  });

  it('may leave what is no text', async () => {
    const { connect } = startRuntime({ errorHandler: (reply) => void (reply.body = undefined as never) });
    const client = await connect();
    client.write('NONSENSE\n\n\0');
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_UNKNOWN_COMMAND');
  });

  it('cannot be made to write a header of the client’s choosing', async () => {
    const { connect } = startRuntime({
      errorHandler: ({ headers, exception }) => void headers.append('reason', `${exception.message}\nforged:yes\n\n`),
    });
    const client = await connect();
    client.write('NONSENSE\n\n\0');
    const { headers } = await client.next('ERROR');
    expect(headers.has('forged')).toBe(false);
    expect(headers.get('reason')).toContain('\nforged:yes\n');
  });
});
