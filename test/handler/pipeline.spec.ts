import {
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type ExecutionContext,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { map, of, throwError } from 'rxjs';
import { DestinationVariable, MessageMapping, Payload, Principal, SendToUser } from '../../lib/decorators/index.js';
import type { StompRequest } from '../../lib/handler/stomp-request.js';
import { Message } from '../../lib/messaging/message.js';
import { StompSession } from '../../lib/session/stomp-session.js';
import { nextError, nextText, startApplication } from './support/start-application.js';

/** Notes what runs, and when. */
class Steps {
  readonly list: string[] = [];

  guard(name: string, answer: unknown = true) {
    return { canActivate: () => (this.list.push(name), answer as boolean) };
  }

  interceptor(name: string) {
    return {
      intercept: (_context: ExecutionContext, next: CallHandler) => {
        this.list.push(`${name} before`);
        return next.handle().pipe(map((value) => (this.list.push(`${name} after`), value)));
      },
    };
  }

  pipe(name: string) {
    return {
      transform: (value: unknown, { type }: ArgumentMetadata) => (this.list.push(`${name} ${type}`), value),
    };
  }
}

describe('Around a handler', () => {
  it('guards, interceptors, pipes, the method and interceptors run in Nest’s order', async () => {
    const steps = new Steps();

    @Controller()
    @UseGuards(steps.guard('class guard'))
    @UseInterceptors(steps.interceptor('class interceptor'))
    @UsePipes(steps.pipe('class pipe'))
    class OrderController {
      @MessageMapping('/order/{id}')
      @UseGuards(steps.guard('method guard'))
      @UseInterceptors(steps.interceptor('method interceptor'))
      @UsePipes(steps.pipe('method pipe'))
      handle(
        @DestinationVariable('id', steps.pipe('variable pipe')) _id: string,
        _payload: string,
        @Principal() _user: Principal,
        _message: Message,
      ) {
        steps.list.push('method');
      }
    }
    const application = await startApplication({
      controllers: [OrderController],
      configure: (app) => {
        app.useGlobalGuards(steps.guard('global guard'));
        app.useGlobalInterceptors(steps.interceptor('global interceptor'));
        app.useGlobalPipes(steps.pipe('global pipe'));
      },
    });
    const client = await application.connect();
    await client.send('/app/order/1', 'payload');
    expect(steps.list).toEqual([
      'global guard',
      'class guard',
      'method guard',
      'global interceptor before',
      'class interceptor before',
      'method interceptor before',
      'global pipe param',
      'class pipe param',
      'method pipe param',
      'variable pipe param',
      'global pipe body',
      'class pipe body',
      'method pipe body',
      'global pipe custom',
      'class pipe custom',
      'method pipe custom',
      'method',
      'method interceptor after',
      'class interceptor after',
      'global interceptor after',
    ]);
    await application.stop();
  });

  it.each([
    ['false', false],
    ['null', null],
    ['a promise of false', Promise.resolve(false)],
    ['an Observable of false', of(false)],
    ['a promise of an Observable of false', Promise.resolve(of(false))],
  ])('a guard that answers %s keeps the message away', async (_what, answer) => {
    const steps = new Steps();

    @Controller()
    @UseGuards(steps.guard('first', Promise.resolve(of(true))), steps.guard('second', answer))
    class GuardedController {
      @MessageMapping('/guarded')
      handle() {
        steps.list.push('method');
      }
    }
    const application = await startApplication({ controllers: [GuardedController] });
    const client = await application.connect();
    client.transmit('SEND', { destination: '/app/guarded' });
    expect(await nextError(client)).toMatchObject({ message: 'Forbidden resource' });
    expect(steps.list).toEqual(['first', 'second']);
    await application.stop();
  });

  it('the context tells the session, the payload, the pattern and an HTTP-like request', async () => {
    const seen: Record<string, unknown> = {};

    @Controller()
    class ContextController {
      @MessageMapping('/room/{id}')
      @UseGuards({
        canActivate: (context: ExecutionContext) => {
          const ws = context.switchToWs();
          const request = context.switchToHttp().getRequest<StompRequest>();
          Object.assign(seen, {
            type: context.getType(),
            isSession: ws.getClient() instanceof StompSession,
            data: ws.getData(),
            pattern: ws.getPattern(),
            handler: context.getHandler().name,
            classRef: context.getClass().name,
            args: context.getArgs().map((arg) => (arg as object).constructor.name),
            message: context.getArgByIndex(2) instanceof Message,
            params: { ...request.params },
            body: request.body,
            user: (request.user as Principal).name,
            ip: typeof request.ip,
            headers: typeof request.headers,
            method: request.method,
          });
          request.user = { name: 'set by the guard' };
          // What guards such as a rate limiter do.
          context.switchToHttp().getResponse().header('X-RateLimit', 1);
          return context.switchToHttp().getRequest<StompRequest>().user === request.user;
        },
      })
      @SendToUser('/queue/x')
      handle(payload: { a: number }) {
        return payload;
      }
    }
    const application = await startApplication({ controllers: [ContextController] });
    const client = await application.connect('alice');
    await client.send('/app/room/7', { a: 1 });
    expect(seen).toEqual({
      type: 'ws',
      isSession: true,
      data: { a: 1 },
      pattern: '/room/{id}',
      handler: 'handle',
      classRef: 'ContextController',
      args: ['StompSession', 'Object', 'Message', 'String'],
      message: true,
      params: { id: '7' },
      body: { a: 1 },
      user: 'alice',
      ip: 'string',
      headers: 'object',
      method: 'SEND',
    });
    await application.stop();
  });

  it('a request-scoped provider has the message that it was made for, and lives no longer', async () => {
    const requests: StompRequest[] = [];

    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) readonly request: StompRequest) {
        requests.push(request);
      }
    }

    @Controller()
    class ScopedController {
      constructor(@Inject(Tenant) private readonly tenant: Tenant) {}

      @MessageMapping('/scoped')
      @SendToUser('/queue/x')
      handle(@Payload() payload: string) {
        return `${payload} ${String(this.tenant.request.body)}`;
      }
    }
    const application = await startApplication({ controllers: [ScopedController], providers: [Tenant] });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/x');
    await client.send('/app/scoped', 'one');
    await client.send('/app/scoped', 'two');
    expect(await nextText(client, '/user/queue/x')).toBe('one one');
    expect(await nextText(client, '/user/queue/x')).toBe('two two');
    expect(new Set(requests).size).toBe(2);
    await application.stop();
  });

  it('an HTTP route in the same class goes on as it is', async () => {
    @Controller('/mixed')
    class MixedController {
      @Get()
      route(@Principal() user: Principal | undefined) {
        return `route ${user?.name ?? 'nobody'}`;
      }

      @MessageMapping('/mixed')
      handle() {
        return 'message';
      }
    }
    const application = await startApplication({ controllers: [MixedController] });
    await application.app.listen(0, '127.0.0.1');
    const response = await fetch(`${await application.app.getUrl()}/mixed`);
    expect(await response.text()).toBe('route nobody');
    await application.stop();
  });
});

describe('An exception filter', () => {
  @Catch(ForbiddenException)
  class SilentFilter {
    static readonly caught: unknown[] = [];

    catch(exception: unknown, host: ArgumentsHost): void {
      SilentFilter.caught.push([exception, host.switchToWs().getPattern()]);
    }
  }

  @Catch(WsException)
  class AnsweringFilter {
    catch(exception: WsException) {
      return { answered: exception.message };
    }
  }

  @Catch(RangeError)
  class TranslatingFilter {
    catch(exception: RangeError): never {
      throw new WsException(`translated ${exception.message}`);
    }
  }

  @Catch(TypeError)
  class ObservableFilter {
    catch(exception: TypeError) {
      return throwError(() => new WsException(`observable ${exception.message}`));
    }
  }

  @Catch()
  class ClassFilter {
    catch(exception: Error) {
      return { byClass: exception.message };
    }
  }

  @Controller()
  @UseFilters(ClassFilter)
  class FilteredController {
    @MessageMapping('/silent')
    @UseFilters(SilentFilter)
    silent() {
      throw new ForbiddenException('no');
    }

    @MessageMapping('/denied')
    @UseGuards({ canActivate: () => false })
    @UseFilters(AnsweringFilter)
    denied() {}

    @MessageMapping('/translated')
    @UseFilters(TranslatingFilter)
    translated() {
      throw new RangeError('range');
    }

    @MessageMapping('/observable')
    @UseFilters(ObservableFilter)
    async observable() {
      await Promise.reject(new TypeError('type'));
    }

    @MessageMapping('/class')
    @UseFilters(SilentFilter)
    ofClass() {
      throw new Error('other');
    }
  }

  const started = startApplication({ controllers: [FilteredController] });

  afterAll(async () => (await started).stop());

  it('that returns nothing has handled the exception: the frame gets its RECEIPT', async () => {
    const client = await (await started).connect();
    await client.send('/app/silent');
    expect(SilentFilter.caught).toEqual([[new ForbiddenException('no'), '/silent']]);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it.each([
    ['that returns a value answers the sender’s error destination', '/app/denied', { answered: 'Forbidden resource' }],
    ['that throws has the session report what it threw', '/app/translated', { message: 'translated range' }],
    ['may return an Observable', '/app/observable', { message: 'observable type' }],
    ['of the class runs when that of the method does not fit', '/app/class', { byClass: 'other' }],
  ])('%s', async (_what, destination, expected) => {
    const client = await (await started).connect();
    const other = await (await started).connect();
    client.transmit('SEND', { destination });
    expect(await nextError(client)).toMatchObject(expected);
    expect(other.take('MESSAGE')).toEqual([]);
  });
});
