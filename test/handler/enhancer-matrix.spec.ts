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
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { map } from 'rxjs';
import { MessageMapping, Payload } from '../../lib/decorators/index.js';
import { nextError, nextText, startApplication } from './support/start-application.js';

/** Given to every enhancer, so that one which Nest has not constructed is found out. */
@Injectable()
class Mark {
  readonly text = 'marked';
}

type Kind = 'guard' | 'pipe' | 'interceptor' | 'filter';
type Enhancer = CanActivate & PipeTransform & NestInterceptor & ExceptionFilter;

/** A class that is all four kinds at once: which one it is depends on how it is declared. */
function enhancerClass(scope: Scope): Type<Enhancer> {
  @Injectable({ scope })
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

    catch(): unknown {
      return { message: `filter ${this.mark.text}` };
    }
  }
  return MarkingEnhancer;
}

const USE: Record<Kind, (enhancer: Type<Enhancer>) => ClassDecorator & MethodDecorator> = {
  guard: (enhancer) => UseGuards(enhancer),
  pipe: (enhancer) => UsePipes(enhancer),
  interceptor: (enhancer) => UseInterceptors(enhancer),
  filter: (enhancer) => UseFilters(enhancer),
};

const USE_GLOBAL: Record<Kind, (app: INestApplication, enhancer: Enhancer) => void> = {
  guard: (app, enhancer) => app.useGlobalGuards(enhancer),
  pipe: (app, enhancer) => app.useGlobalPipes(enhancer),
  interceptor: (app, enhancer) => app.useGlobalInterceptors(enhancer),
  filter: (app, enhancer) => app.useGlobalFilters(enhancer),
};

const APP_TOKEN: Record<Kind, string> = {
  guard: APP_GUARD,
  pipe: APP_PIPE,
  interceptor: APP_INTERCEPTOR,
  filter: APP_FILTER,
};

/** What the client sees when the enhancer has run. */
const EXPECTED: Record<Kind, string> = {
  guard: 'guard marked',
  pipe: 'text pipe marked handler marked',
  interceptor: 'text handler marked interceptor marked',
  filter: 'filter marked',
};

const KINDS = ['guard', 'pipe', 'interceptor', 'filter'] as const;
const HOSTS = ['controller', 'provider'] as const;
const LEVELS = ['method', 'class', 'APP_ token', 'useGlobal'] as const;
const SCOPES = [
  ['singleton', Scope.DEFAULT],
  ['transient', Scope.TRANSIENT],
  ['request-scoped', Scope.REQUEST],
] as const;

interface Row {
  kind: Kind;
  host: (typeof HOSTS)[number];
  hostScope: string;
  level: (typeof LEVELS)[number];
  scope: string;
}

const ROWS: Row[] = KINDS.flatMap((kind) =>
  HOSTS.flatMap((host) =>
    SCOPES.flatMap(([hostScope]) =>
      LEVELS.flatMap((level) =>
        // useGlobal takes an instance.
        (level === 'useGlobal' ? SCOPES.slice(0, 1) : SCOPES).map(([scope]) => ({
          kind,
          host,
          hostScope,
          level,
          scope,
        })),
      ),
    ),
  ),
);

function scopeOf(name: string): Scope {
  return SCOPES.find(([scopeName]) => scopeName === name)![1];
}

function handlerClass({ kind, level, host, hostScope }: Row, enhancer: Type<Enhancer>): Type<object> {
  const none = (): void => {};
  const onMethod = level === 'method' ? USE[kind](enhancer) : none;
  const onClass = level === 'class' ? USE[kind](enhancer) : none;
  const scope = scopeOf(hostScope);

  @(host === 'controller' ? Controller({ scope }) : Injectable({ scope }))
  @onClass
  class Handler {
    constructor(@Inject(Mark) private readonly mark: Mark) {}

    @MessageMapping('/text')
    @onMethod
    text(@Payload() text: string) {
      if (text === 'throw') throw new Error('thrown');
      return `${text} handler ${this.mark.text}`;
    }
  }
  return Handler;
}

describe('A declared enhancer runs', () => {
  it.each(ROWS)('$scope $kind by $level on a $hostScope $host', async (row) => {
    const { kind, level, host } = row;
    const enhancer = enhancerClass(scopeOf(row.scope));
    const handler = handlerClass(row, enhancer);
    const application = await startApplication({
      controllers: host === 'controller' ? [handler] : [],
      providers: [
        Mark,
        ...(host === 'provider' ? [handler] : []),
        ...(level === 'APP_ token' ? [{ provide: APP_TOKEN[kind], useClass: enhancer }] : []),
      ],
      configure: (app) => {
        if (level === 'useGlobal') USE_GLOBAL[kind](app, new enhancer(new Mark()));
      },
    });
    const client = await application.connect();
    await client.subscribe('/topic/text');
    // Twice: what is made for each message must be made for the second too.
    for (let i = 0; i < 2; i++) {
      client.transmit('SEND', { destination: '/app/text' }, kind === 'filter' ? 'throw' : 'text');
      const isError = kind === 'guard' || kind === 'filter';
      const seen = isError ? (await nextError(client)).message : await nextText(client, '/topic/text');
      expect(seen).toBe(EXPECTED[kind]);
    }
    expect(client.take('MESSAGE')).toEqual([]);
    await application.stop();
  });

  it('covers every combination', () => {
    expect(ROWS).toHaveLength(4 * 2 * 3 * (3 * 3 + 1));
  });
});

describe('A pipe class that a parameter names runs', () => {
  it.each(HOSTS.flatMap((host) => SCOPES.map(([scope]) => ({ host, scope }))))(
    '$scope, on a $host',
    async ({ host, scope }) => {
      const enhancer = enhancerClass(scopeOf(scope));

      @(host === 'controller' ? Controller() : Injectable())
      class Handler {
        @MessageMapping('/text')
        text(@Payload(enhancer) text: string) {
          return text;
        }
      }
      const application = await startApplication({
        controllers: host === 'controller' ? [Handler] : [],
        providers: [Mark, ...(host === 'provider' ? [Handler] : [])],
      });
      const client = await application.connect();
      await client.subscribe('/topic/text');
      await client.send('/app/text', 'text');
      expect(await nextText(client, '/topic/text')).toBe('text pipe marked');
      await application.stop();
    },
  );
});
