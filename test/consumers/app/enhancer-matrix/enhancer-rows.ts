import assert from 'node:assert/strict';
import {
  Catch,
  Inject,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  SendToUser,
  SubscribeMapping,
} from 'nestjs-stomp';
import type { StompTestClient } from 'nestjs-stomp/testing';
import { map } from 'rxjs';
import {
  HOST_KINDS,
  hostDecorator,
  injectable,
  LIFETIMES,
  Mark,
  scopeOf,
  type HostKind,
  type Lifetime,
} from './dimensions.js';
import { nextError, nextText, withClient, type Row } from './row.js';

type Enhancer = CanActivate & PipeTransform & NestInterceptor & ExceptionFilter;
type Declare = (enhancer: Type<Enhancer>) => ClassDecorator & MethodDecorator;

interface EnhancerKind {
  readonly name: 'guard' | 'pipe' | 'interceptor' | 'filter';
  readonly declare: Declare;
  readonly appToken: string;
  readonly useGlobal: (app: INestApplication, enhancer: Enhancer) => void;
  /** What the client sees when the enhancer has run. */
  readonly check: (client: StompTestClient, calls: readonly string[]) => Promise<void>;
}

const KINDS: readonly EnhancerKind[] = [
  {
    name: 'guard',
    declare: (enhancer) => UseGuards(enhancer),
    appToken: APP_GUARD,
    useGlobal: (app, guard) => app.useGlobalGuards(guard),
    check: expectDenial,
  },
  {
    name: 'pipe',
    declare: (enhancer) => UsePipes(enhancer),
    appToken: APP_PIPE,
    useGlobal: (app, pipe) => app.useGlobalPipes(pipe),
    check: (client) => expectAnswer(client, 'text pipe marked handler marked'),
  },
  {
    name: 'interceptor',
    declare: (enhancer) => UseInterceptors(enhancer),
    appToken: APP_INTERCEPTOR,
    useGlobal: (app, interceptor) => app.useGlobalInterceptors(interceptor),
    check: (client) => expectAnswer(client, 'text handler marked interceptor marked'),
  },
  {
    name: 'filter',
    declare: (enhancer) => UseFilters(enhancer),
    appToken: APP_FILTER,
    useGlobal: (app, filter) => app.useGlobalFilters(filter),
    check: expectFiltered,
  },
];

const LEVELS = ['method', 'class', 'useGlobal', 'APP_ useClass', 'APP_ useFactory', 'APP_ useExisting'] as const;
type Level = (typeof LEVELS)[number];

interface Combination extends HostKind {
  readonly kind: EnhancerKind;
  readonly level: Level;
  readonly lifetime: Lifetime;
}

const COMBINATIONS: readonly Combination[] = KINDS.flatMap((kind) =>
  HOST_KINDS.flatMap((hostKind) =>
    LEVELS.flatMap((level) =>
      // useGlobal takes an instance.
      (level === 'useGlobal' ? LIFETIMES.slice(0, 1) : LIFETIMES).map((lifetime) => ({
        ...hostKind,
        kind,
        level,
        lifetime,
      })),
    ),
  ),
);

/** Each kind of enhancer, on each level, with each lifetime, on each kind of host. */
export const ENHANCER_ROWS: readonly Row[] = COMBINATIONS.map((combination) => {
  const { kind, level, lifetime, host, hostLifetime } = combination;
  return {
    name: `a ${lifetime} ${kind.name} by ${level} on a ${hostLifetime} ${host}`,
    run: () => run(combination),
  };
});

function run(combination: Combination): Promise<void> {
  const { kind, level, lifetime, host, hostLifetime } = combination;
  const calls: string[] = [];
  const enhancer = enhancerClass(lifetime);
  return withClient(
    {
      host,
      handler: handlerClass(combination, enhancer, calls),
      hasTenants: lifetime === 'durable' || hostLifetime === 'durable',
      providers: appProviders(combination, enhancer),
      configure: (app) => {
        if (level === 'useGlobal') kind.useGlobal(app, new enhancer(new Mark()));
      },
    },
    (client) => kind.check(client, calls),
  );
}

/** Declares the enhancer for the whole application. */
function appProviders({ kind, level, lifetime }: Combination, enhancer: Type<Enhancer>): Provider[] {
  const provide = kind.appToken;
  const useFactory = (mark: Mark): Enhancer => new enhancer(mark);
  switch (level) {
    case 'APP_ useClass':
      return [{ provide, useClass: enhancer }];
    case 'APP_ useFactory':
      return [{ provide, inject: [Mark], useFactory, ...scopeOf(lifetime) }];
    case 'APP_ useExisting':
      return [enhancer, { provide, useExisting: enhancer }];
    default:
      return [];
  }
}

/** A class that is all four kinds at once: which one it is depends on how it is declared. */
function enhancerClass(lifetime: Lifetime): Type<Enhancer> {
  @injectable(lifetime)
  @Catch()
  class MarkingEnhancer implements CanActivate, PipeTransform, NestInterceptor, ExceptionFilter {
    constructor(@Inject(Mark) private readonly mark: Mark) {}

    canActivate(): boolean {
      throw new WsException(`guard ${this.mark.text}`);
    }

    transform(value: unknown): unknown {
      return `${String(value)} pipe ${this.mark.text}`;
    }

    intercept(_context: unknown, next: CallHandler) {
      return next.handle().pipe(map((value) => `${String(value)} interceptor ${this.mark.text}`));
    }

    catch(error: Error): unknown {
      return { message: `${error.message}, filter ${this.mark.text}` };
    }
  }
  return MarkingEnhancer;
}

class HandledError extends Error {}

function handlerClass(
  { kind, level, ...hostKind }: Combination,
  enhancer: Type<Enhancer>,
  calls: string[],
): Type<object> {
  const none = (): void => {};
  const onMethod = level === 'method' ? kind.declare(enhancer) : none;
  const onClass = level === 'class' ? kind.declare(enhancer) : none;

  @hostDecorator(hostKind)
  @onClass
  class Handler {
    constructor(@Inject(Mark) private readonly mark: Mark) {}

    @MessageMapping('/text')
    @onMethod
    send(@Payload() text: string): string {
      return this.#answer(text);
    }

    @SubscribeMapping('/text/{text}')
    @onMethod
    subscribe(@DestinationVariable('text') text: string): string {
      return this.#answer(text);
    }

    @MessageExceptionHandler(HandledError)
    @SendToUser('/queue/handled')
    handled({ message }: HandledError): string {
      if (message !== 'handled') throw new Error(message);
      return `${message} ${this.mark.text}`;
    }

    #answer(text: string): string {
      calls.push(text);
      if (text === 'error') throw new Error(text);
      if (text.startsWith('handled')) throw new HandledError(text);
      return `${text} handler ${this.mark.text}`;
    }
  }
  return Handler;
}

// Everything twice: what is made for each message must be made for the second too.

async function expectDenial(client: StompTestClient, calls: readonly string[]): Promise<void> {
  for (let i = 0; i < 2; i++) {
    client.transmit('SEND', { destination: '/app/text' }, 'text');
    assert.equal(await nextError(client), 'guard marked');
    // With one id: what is denied is not subscribed, so the id stays free and nothing that comes later can reach it.
    client.transmit('SUBSCRIBE', { id: 'denied', destination: '/app/text/text' });
    assert.equal(await nextError(client), 'guard marked');
  }
  await client.receipt('SUBSCRIBE', { id: 'denied', destination: '/topic/text' });
  assert.deepEqual(calls, [], 'calls of the handler');
}

async function expectAnswer(client: StompTestClient, expected: string): Promise<void> {
  await client.subscribe('/topic/text');
  for (let i = 0; i < 2; i++) {
    await client.send('/app/text', 'text');
    assert.equal(await nextText(client, '/topic/text'), expected);
    await client.subscribe('/app/text/text');
    assert.equal(await nextText(client, '/app/text/text'), expected);
  }
}

async function expectFiltered(client: StompTestClient): Promise<void> {
  await client.subscribe('/user/queue/handled');
  for (let i = 0; i < 2; i++) {
    client.transmit('SEND', { destination: '/app/text' }, 'error');
    assert.equal(await nextError(client), 'error, filter marked');
    client.transmit('SUBSCRIBE', { id: 'failed', destination: '/app/text/error' });
    assert.equal(await nextError(client), 'error, filter marked');
    // The exception handlers of the class come first; what they throw is for the filter again.
    client.transmit('SEND', { destination: '/app/text' }, 'handled');
    assert.equal(await nextText(client, '/user/queue/handled'), 'handled marked');
    client.transmit('SEND', { destination: '/app/text' }, 'handled wrongly');
    assert.equal(await nextError(client), 'handled wrongly, filter marked');
  }
}
