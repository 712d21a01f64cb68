import {
  Catch,
  Controller,
  Injectable,
  ParseIntPipe,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  createParamDecorator,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { IsInt } from 'class-validator';
import { map, throwError } from 'rxjs';
import { MessageMapping, Principal, SendToUser, StompContext, StompSession } from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { startGateways, type StartedGateways } from './support/start-gateways.js';

const events: string[] = [];

@Injectable()
class Clock {
  readonly now = 'noon';
}

@Injectable()
class NamedGuard implements CanActivate {
  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const ws = context.switchToWs();
    events.push(`guard ${context.getType()} ${ws.getPattern()} ${String(ws.getData())} ${this.clock.now}`);
    return ws.getClient<StompSession>().user?.name === 'alice';
  }
}

@Injectable()
class TracingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    events.push(`before ${context.getClass().name}.${context.getHandler().name}`);
    return next.handle().pipe(map((value) => (events.push('after'), value as unknown)));
  }
}

@Catch(RangeError)
class RangeFilter {
  catch(error: RangeError, host: ArgumentsHost): void {
    host.switchToWs().getClient<StompSession>().emit('range', { filtered: error.message });
  }
}

@Catch(TypeError)
class RethrowingFilter {
  catch(error: TypeError): void {
    throw new WsException({ code: 'RETHROWN', message: error.message });
  }
}

@Catch(EvalError)
class GlobalFilter {
  catch(error: EvalError) {
    return { filtered: error.message };
  }
}

@Catch()
class NestFilter extends BaseWsExceptionFilter {}

class Order {
  @IsInt()
  amount!: number;
}

const Session = createParamDecorator((_data, context: ExecutionContext) =>
  context.switchToWs().getClient<StompSession>(),
);

@WebSocketGateway()
@UseFilters(RethrowingFilter)
class PipelineGateway {
  @UseGuards(NamedGuard)
  @UseInterceptors(TracingInterceptor)
  @SubscribeMessage('/app/guarded')
  guarded(@MessageBody(ParseIntPipe) number: number, @Principal() user: Principal) {
    events.push(`handler ${typeof number} ${user.name}`);
    return number + 1;
  }

  @UsePipes(new ValidationPipe({ exceptionFactory: () => new WsException('not an order') }))
  @SubscribeMessage('order')
  order(@MessageBody() order: Order, @Session() session: StompSession) {
    return { amount: order.amount, isSession: session instanceof StompSession };
  }

  @SubscribeMessage('refuse')
  refuse() {
    throw new WsException('not today');
  }

  @SubscribeMessage('refuse/stream')
  refuseStream() {
    return throwError(() => new WsException('not in a stream'));
  }

  @SubscribeMessage('break')
  break() {
    throw new Error('secret');
  }

  @SubscribeMessage('type')
  type() {
    throw new TypeError('wrong type');
  }

  @UseFilters(RangeFilter)
  @SubscribeMessage('range')
  range() {
    throw new RangeError('out of range');
  }

  @UseFilters(NestFilter)
  @SubscribeMessage('nest')
  nest(@MessageBody() _body: string) {
    throw new WsException('as Nest says it');
  }

  @UseInterceptors(TracingInterceptor)
  @SubscribeMessage('intercepted/break')
  interceptedBreak() {
    throw new WsException('past the interceptor');
  }

  @MessageMapping('/of/controller')
  @SendToUser('/queue/mapped')
  mapped(text: string) {
    return text;
  }

  @MessageMapping('/of/controller/fail')
  mappedFailure(): void {
    throw new EvalError('evil');
  }

  @SubscribeMessage('context')
  async context() {
    await Promise.resolve();
    return StompContext.current()?.message.headers.destination;
  }
}

@WebSocketGateway()
@Injectable({ scope: Scope.REQUEST })
class ScopedGateway {
  static count = 0;
  readonly number = ++ScopedGateway.count;

  constructor(private readonly clock: Clock) {}

  @SubscribeMessage('scoped')
  scoped() {
    return this.clock.now;
  }

  @SubscribeMessage('scoped/break')
  break() {
    throw new WsException('scoped');
  }
}

@Controller()
class BrotherController {
  @MessageMapping('/brother')
  @SendToUser('/queue/mapped')
  brother(text: string) {
    return text;
  }
}

async function nextBody(client: StompTestClient, destination: string): Promise<unknown> {
  const { body } = await client.next(
    ({ command, headers }) => command === 'MESSAGE' && headers.get('destination') === destination,
  );
  return JSON.parse(body.toString());
}

describe("Nest's pipeline around a @SubscribeMessage method", () => {
  let application: StartedGateways;
  let alice: StompTestClient;

  beforeAll(async () => {
    application = await startGateways({
      providers: [Clock, PipelineGateway, ScopedGateway, { provide: APP_FILTER, useClass: GlobalFilter }],
      controllers: [BrotherController],
      stomp: { asyncContext: true },
    });
  });

  beforeEach(async () => {
    events.length = 0;
    alice = await application.connect('alice');
    for (const name of ['guarded', 'order', 'mapped', 'context']) await alice.subscribe(`/user/queue/${name}`);
  });

  afterEach(() => alice.disconnect());

  afterAll(() => application.stop());

  /** Sends a frame that fails. */
  async function failure(client: StompTestClient, destination: string, body = '') {
    client.transmit('SEND', { destination, receipt: 'r', 'content-type': 'text/plain', 'correlation-id': 'c' }, body);
    const { headers, body: error } = await client.next('MESSAGE');
    expect(headers.get('destination')).toBe('/user/queue/errors');
    // Whatever the frame has to say of its RECEIPT it has said before the next one has its own.
    await client.receipt('UNSUBSCRIBE', { id: await client.subscribe('/topic/x') });
    return { headers, error: JSON.parse(error.toString()) as unknown, isReceipted: client.take('RECEIPT').length > 0 };
  }

  it('runs guards, interceptors, pipes and the method, in this order', async () => {
    await alice.send('/app/guarded', '41', { 'content-type': 'text/plain' });
    expect(await nextBody(alice, '/user/queue/guarded')).toBe(42);
    expect(events).toEqual([
      'guard ws /app/guarded 41 noon',
      'before PipelineGateway.guarded',
      'handler number alice',
      'after',
    ]);
  });

  it('keeps out whom a guard does not let in', async () => {
    const bob = await application.connect('bob');
    const { error, isReceipted } = await failure(bob, '/app/guarded', '41');
    expect(error).toMatchObject({ message: 'Forbidden resource', receiptId: 'r' });
    expect(isReceipted).toBe(false);
    expect(events).toEqual(['guard ws /app/guarded 41 noon']);
    await bob.disconnect();
  });

  it('validates and transforms', async () => {
    await alice.send('/app/order', { amount: 2 });
    expect(await nextBody(alice, '/user/queue/order')).toEqual({ amount: 2, isSession: true });
    alice.transmit('SEND', { destination: '/app/order', 'content-type': 'application/json' }, '{"amount":"many"}');
    expect(await nextBody(alice, '/user/queue/errors')).toMatchObject({ message: 'not an order' });
  });

  it.each([
    ['/app/refuse', { code: 'WS_EXCEPTION', message: 'not today' }],
    ['/app/refuse/stream', { code: 'WS_EXCEPTION', message: 'not in a stream' }],
    ['/app/intercepted/break', { code: 'WS_EXCEPTION', message: 'past the interceptor' }],
    ['/app/scoped/break', { code: 'WS_EXCEPTION', message: 'scoped' }],
    ['/app/guarded', { code: 'BAD_REQUEST' }],
    ['/app/type', { code: 'RETHROWN', message: 'wrong type' }],
  ])('reports what nobody handles as for a controller, and gives no RECEIPT: %s', async (destination, expected) => {
    const { headers, error, isReceipted } = await failure(alice, destination, 'x');
    expect(error).toMatchObject({ ...expected, receiptId: 'r' });
    expect(headers.get('correlation-id')).toBe('c');
    expect(headers.get('event')).toBeUndefined();
    expect(isReceipted).toBe(false);
  });

  it('tells a client nothing of an error that nobody has foreseen, and logs it once', async () => {
    const before = application.log.length;
    const { error } = await failure(alice, '/app/break');
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', message: 'Internal server error' });
    const logged = application.log.slice(before).filter((line) => line.includes('secret'));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('SEND /app/break failed');
  });

  it('answers a client that does not listen for its errors with ERROR if it asked for a RECEIPT, else goes on', async () => {
    const bob = await application.connect();
    bob.transmit('SEND', { destination: '/app/refuse' });
    bob.transmit('SEND', { destination: '/app/refuse', receipt: 'r' });
    const { headers } = await bob.next('ERROR');
    expect(headers.get('code')).toBe('STOMP_ERR_HANDLER');
    expect(headers.get('receipt-id')).toBe('r');
    await bob.closed;
  });

  it('leaves an error to the filter that catches it: the frame has been handled', async () => {
    const { headers, error, isReceipted } = await failure(alice, '/app/range');
    expect(headers.get('event')).toBe('range');
    expect(error).toEqual({ filtered: 'out of range' });
    expect(isReceipted).toBe(true);
  });

  it("lets a filter that extends Nest's BaseWsExceptionFilter tell the client", async () => {
    const { headers, error, isReceipted } = await failure(alice, '/app/nest', 'body');
    expect(headers.get('event')).toBe('exception');
    expect(isReceipted).toBe(true);
    expect(error).toEqual({
      status: 'error',
      message: 'as Nest says it',
      cause: { pattern: 'nest', data: 'body' },
    });
  });

  it('knows a payload that cannot be read before it calls anybody', async () => {
    alice.transmit('SEND', { destination: '/app/guarded', 'content-type': 'application/json' }, '{');
    expect(await nextBody(alice, '/user/queue/errors')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
    expect(events).toEqual([]);
  });

  it('makes a request-scoped gateway for each session', async () => {
    const before = ScopedGateway.count;
    const bob = await application.connect('bob');
    await bob.subscribe('/user/queue/scoped');
    for (let i = 0; i < 2; i++) {
      await bob.send('/app/scoped');
      expect((await bob.next('MESSAGE')).body.toString()).toBe('noon');
    }
    expect(ScopedGateway.count - before).toBe(1);
    await bob.disconnect();
  });

  it('knows the current message with asyncContext', async () => {
    await alice.send('/app/context');
    const { body } = await alice.next(({ headers }) => headers.get('destination') === '/user/queue/context');
    expect(body.toString()).toBe('/app/context');
  });

  it.each(['/app/of/controller', '/app/brother'])(
    'leaves @MessageMapping alone, in the same class and others: %s',
    async (to) => {
      await alice.send(to, 'mapped', { 'content-type': 'text/plain' });
      const { body } = await alice.next(({ headers }) => headers.get('destination') === '/user/queue/mapped');
      expect(body.toString()).toBe('mapped');
    },
  );

  it('leaves the filters of a @MessageMapping method in its class alone', async () => {
    const { error, headers, isReceipted } = await failure(alice, '/app/of/controller/fail');
    expect(error).toEqual({ filtered: 'evil' });
    expect(headers.get('failed-receipt')).toBe('r');
    expect(isReceipted).toBe(false);
  });
});

@Catch()
class SilentFilter {
  catch(): void {}
}

@WebSocketGateway()
@UseFilters(SilentFilter)
class SilentGateway {
  @SubscribeMessage('silent')
  silent(@ConnectedSocket() _client: StompSession) {
    throw new Error('nobody shall know');
  }
}

it('A filter of the class that catches everything comes before the report to the session', async () => {
  const application = await startGateways({ providers: [SilentGateway] });
  const alice = await application.connect('alice');
  await alice.send('/app/silent');
  expect(alice.take('MESSAGE')).toEqual([]);
  await application.stop();
});
