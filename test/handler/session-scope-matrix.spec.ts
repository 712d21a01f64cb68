import {
  Catch,
  Controller,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { map } from 'rxjs';
import { MessageMapping, Payload, SendTo, StompSessionScoped } from '../../lib/index.js';
import { startModule } from './support/start-module.js';

let counts: Record<string, number> = {};

function numberOf(name: string): string {
  return `${name} ${(counts[name] = (counts[name] ?? 0) + 1)}`;
}

@StompSessionScoped()
class OfSession {
  readonly name = numberOf('session');
}

@Injectable()
class OfApplication {
  readonly name = numberOf('application');
}

type Kind = 'guard' | 'pipe' | 'interceptor' | 'filter';
type Enhancer = CanActivate & PipeTransform & NestInterceptor & ExceptionFilter;

const LIFETIMES = ['singleton', 'transient', 'request-scoped', 'session-scoped'] as const;
type Lifetime = (typeof LIFETIMES)[number];

function declare(lifetime: Lifetime): ClassDecorator {
  if (lifetime === 'session-scoped') return StompSessionScoped();
  const scope = { singleton: Scope.DEFAULT, transient: Scope.TRANSIENT, 'request-scoped': Scope.REQUEST }[lifetime];
  return Injectable({ scope });
}

/** All four kinds at once. Each tells which instance of itself and of what it needs has run. */
function enhancerClass(lifetime: Lifetime, needed: Type<{ name: string }>): Type<Enhancer> {
  @declare(lifetime)
  @Catch()
  class TellingEnhancer implements CanActivate, PipeTransform, NestInterceptor, ExceptionFilter {
    readonly name = numberOf('enhancer');

    constructor(@Inject(needed) private readonly needed: { name: string }) {}

    canActivate(): boolean {
      throw new WsException(this.tell());
    }

    transform(): unknown {
      return this.tell();
    }

    intercept(_context: unknown, next: CallHandler) {
      return next.handle().pipe(map((value) => `${this.tell()}, ${String(value)}`));
    }

    catch(): unknown {
      return { message: this.tell() };
    }

    private tell(): string {
      return `${this.name}, ${this.needed.name}`;
    }
  }
  return TellingEnhancer;
}

const USE: Record<Kind, (enhancer: Type<Enhancer>) => ClassDecorator & MethodDecorator> = {
  guard: (enhancer) => UseGuards(enhancer),
  pipe: (enhancer) => UsePipes(enhancer),
  interceptor: (enhancer) => UseInterceptors(enhancer),
  filter: (enhancer) => UseFilters(enhancer),
};

const APP_TOKEN: Record<Kind, string> = {
  guard: APP_GUARD,
  pipe: APP_PIPE,
  interceptor: APP_INTERCEPTOR,
  filter: APP_FILTER,
};

interface Row {
  kind: Kind;
  host: 'controller' | 'provider';
  level: 'method' | 'class' | 'APP_ token';
  /** Of the enhancer. */
  lifetime: Lifetime;
  hostLifetime: Lifetime;
}

const ROWS: Row[] = (['guard', 'pipe', 'interceptor', 'filter'] as const).flatMap((kind) =>
  (['controller', 'provider'] as const).flatMap((host) =>
    (['method', 'class', 'APP_ token'] as const).flatMap((level) =>
      LIFETIMES.flatMap((lifetime) => LIFETIMES.map((hostLifetime) => ({ kind, host, level, lifetime, hostLifetime }))),
    ),
  ),
);

function handlerClass({ kind, host, level, hostLifetime }: Row, enhancer: Type<Enhancer>): Type<object> {
  const none = (): void => {};
  const onMethod = level === 'method' ? USE[kind](enhancer) : none;
  const onClass = level === 'class' ? USE[kind](enhancer) : none;
  const scope = hostLifetime === 'request-scoped' ? Scope.REQUEST : Scope.DEFAULT;
  const asController = Controller({ scope: hostLifetime === 'transient' ? Scope.TRANSIENT : scope });

  @(host === 'controller' && hostLifetime !== 'session-scoped' ? none : declare(hostLifetime))
  @(host === 'controller' ? asController : none)
  @onClass
  class Handler {
    readonly name = numberOf('handler');

    @MessageMapping('/text')
    @SendTo('/topic/text')
    @onMethod
    text(@Payload() text: string) {
      if (kind === 'filter') throw new Error('thrown');
      return kind === 'pipe' ? text : this.name;
    }
  }
  return Handler;
}

/**
 * The number of the instance that serves the second message of the second session; of what is transient Nest makes many.
 * @param before how many there were before the first message
 */
function servedBy(lifetime: Lifetime, before = 0): string {
  if (lifetime === 'transient') return String.raw`\d+`;
  return { singleton: '1', 'session-scoped': `${before + 2}`, 'request-scoped': `${before + 4}` }[lifetime];
}

/** How long a class lives that is declared so and needs others. */
function effective(declared: Lifetime, needed: Lifetime): Lifetime {
  if (declared !== 'singleton') return declared;
  return needed === 'transient' ? 'session-scoped' : needed;
}

describe('With session-scoped providers about, a declared enhancer runs', () => {
  it.each(ROWS)('$lifetime $kind by $level on a $hostLifetime $host', async (row) => {
    counts = {};
    // A singleton does not stay one if it needs something session-scoped. By APP_ token Nest refuses that.
    const isPlain = row.level === 'APP_ token' && row.lifetime === 'singleton';
    const enhancer = enhancerClass(row.lifetime, isPlain ? OfApplication : OfSession);
    const handler = handlerClass(row, enhancer);
    const application = await startModule({
      controllers: row.host === 'controller' ? [handler] : [],
      providers: [
        OfSession,
        OfApplication,
        ...(row.host === 'provider' ? [handler] : []),
        ...(row.level === 'APP_ token' ? [{ provide: APP_TOKEN[row.kind], useClass: enhancer }] : []),
      ],
    });
    // Nest makes a provider that is no singleton only because of its enhancers once too often.
    const handlersBefore = counts['handler'];
    let seen = '';
    for (const name of ['alice', 'bob']) {
      const client = await application.connect(name);
      await client.subscribe('/user/queue/errors');
      await client.subscribe('/topic/text');
      for (let i = 0; i < 2; i++) {
        client.transmit('SEND', { destination: '/app/text', receipt: 'r' }, 'text');
        seen = (await client.next('MESSAGE')).body.toString();
      }
      await client.disconnect();
    }
    const lifetime = effective(row.lifetime, isPlain ? 'singleton' : 'session-scoped');
    const needed = isPlain ? 'application 1' : 'session 2';
    expect(seen).toMatch(new RegExp(`enhancer ${servedBy(lifetime)}, ${needed}\\b`));
    if (row.kind === 'interceptor') {
      const hostLifetime = effective(row.hostLifetime, lifetime);
      expect(seen).toMatch(new RegExp(`handler ${servedBy(hostLifetime, handlersBefore)}$`));
    }
    expect(counts['session']).toBe(isPlain ? undefined : 2);
    await application.stop();
  });

  it('covers every combination', () => {
    expect(ROWS).toHaveLength(4 * 2 * 3 * 4 * 4);
  });
});
