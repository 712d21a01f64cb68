import { Controller, Injectable, Module, UseGuards } from '@nestjs/common';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  SendTo,
  SendToUser,
  SubscribeMapping,
} from '../../lib/decorators/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText, startApplication, type TestApplication } from './support/start-application.js';
import { logged } from './support/start-module.js';

abstract class Inherited {
  @MessageMapping('/inherited')
  inherited() {
    return 'inherited';
  }

  @MessageMapping('/overridden')
  overridden() {
    return 'base';
  }
}

@Controller()
@MessageMapping(['/one', '/two'])
@SendToUser('/queue/handled')
class MappingsController extends Inherited {
  @MessageMapping()
  ofClass() {
    return 'the class itself';
  }

  @MessageMapping(['/a', 'b'])
  several() {
    return 'several';
  }

  @MessageMapping('/wild/literal')
  literal() {
    return 'literal';
  }

  @MessageMapping('/wild/{variable}')
  variable() {
    return '{variable}';
  }

  @MessageMapping('/wild/*')
  star() {
    return '*';
  }

  @MessageMapping('/wild/**')
  stars() {
    return '**';
  }

  @MessageMapping('/number/{n:[0-9]+}')
  regex(@DestinationVariable('n') n: number) {
    return `number ${n}`;
  }

  // Not mapped: the guards of the overridden method would not run here either.
  override overridden() {
    return 'derived';
  }

  @SubscribeMapping('/subscribed')
  subscribed() {
    return 'subscribed';
  }
}

@Injectable()
class MappingsProvider {
  @MessageMapping('/provider')
  @SendToUser('/queue/handled')
  handle() {
    return 'provider';
  }
}

describe('A mapping', () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [MappingsController],
      providers: [MappingsProvider],
      stomp: { applicationDestinationPrefixes: ['/app', '/application'] },
    });
    client = await application.connect();
    await client.subscribe('/user/queue/handled');
  });

  afterAll(() => application.stop());

  it.each([
    ['/app/one', 'the class itself'],
    ['/app/two', 'the class itself'],
    ['/app/one/a', 'several'],
    ['/app/two/b', 'several'],
    ['/application/two/b', 'several'],
    ['/app/one/inherited', 'inherited'],
    ['/app/one/wild/literal', 'literal'],
    ['/app/one/wild/other', '{variable}'],
    ['/app/one/wild/a/b', '**'],
    ['/app/one/wild', '**'],
    ['/app/one/number/42', 'number 42'],
    ['/app/provider', 'provider'],
  ])('of %s leads to the most specific method', async (destination, expected) => {
    await client.send(destination);
    expect(await nextText(client, '/user/queue/handled')).toBe(expected);
  });

  it.each([
    '/app',
    '/app/',
    '/app/unknown',
    '/app/one/overridden',
    '/app/one/a/',
    '/app//one/a',
    '/app/one/number/x',
    '/app/one/subscribed',
    '/one/a',
    '/app/__proto__',
  ])('does not exist for a SEND to %s, which is answered by nothing but its RECEIPT', async (destination) => {
    await client.send(destination);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('of SEND is not for SUBSCRIBE', async () => {
    const other = await application.connect();
    await other.subscribe('/app/one/a');
    expect(other.take('MESSAGE')).toEqual([]);
  });

  it('that does not exist is a line in the debug log', async () => {
    await client.send('/app/nowhere');
    expect(logged).toContain('No method is mapped to SEND "/app/nowhere"');
  });

  it('is told in the start-up log', () => {
    expect(logged).toContain('Mapped {/app/one/a, SEND} MappingsController.several()');
    expect(logged).toContain('Mapped {/app/two/subscribed, SUBSCRIBE} MappingsController.subscribed()');
  });
});

describe('A mistake in the mappings stops the start:', () => {
  /** A controller with one method that is decorated so. */
  function withMethod(...decorators: MethodDecorator[]) {
    @Controller()
    class Faulty {
      method() {
        return '';
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Faulty.prototype, 'method')!;
    for (const decorate of decorators) decorate(Faulty.prototype, 'method', descriptor);
    return Faulty;
  }

  @Controller()
  class First {
    @MessageMapping('/same/{a}')
    one() {}
  }

  @Controller()
  class Second {
    @MessageMapping('/same/{b}')
    two() {}
  }

  @Controller()
  class Positional {
    @MessageMapping('/positional/{a}')
    method(@DestinationVariable() _a: string, @DestinationVariable() _b: string) {}
  }

  @Controller()
  class UnknownVariable {
    @MessageMapping('/unknown/{a}')
    method(@DestinationVariable('b') _b: string) {}
  }

  class SomeError extends Error {}

  @Controller()
  class TwoExceptionHandlers {
    @MessageMapping('/a')
    method() {}

    @MessageExceptionHandler(SomeError)
    one() {}

    @MessageExceptionHandler()
    two(_error: SomeError) {}
  }

  it.each([
    [
      'two methods for the same destinations',
      [First, Second],
      /^Ambiguous mapping: First\.one\(\) \(RootTestModule\) and Second\.two\(\) \(RootTestModule\) both handle SEND to "\/same\/\{b\}"/,
    ],
    [
      'no destination at all',
      [withMethod(MessageMapping())],
      /Faulty\.method\(\) is not possible: it has no destination/,
    ],
    [
      'a brace that is not closed',
      [withMethod(MessageMapping('/a/{b'))],
      /"\/a\/\{b" of Faulty\.method\(\).*not closed/,
    ],
    ['a brace that closes nothing', [withMethod(MessageMapping('/a}'))], /closes nothing/],
    ['a variable without a name', [withMethod(MessageMapping('/{}'))], /must have the form \{name\}/],
    ['a variable that is there twice', [withMethod(MessageMapping('/{a}/{a}'))], /the variable "a" is there twice/],
    ['a malformed regular expression', [withMethod(MessageMapping('/{a:[}'))], /Faulty\.method\(\) is not possible/],
    [
      'a placeholder that nothing is configured for',
      [withMethod(MessageMapping('/${key}'))],
      /nothing is configured for \$\{key\}/,
    ],
    [
      'a reply to a variable that the mapping does not have',
      [withMethod(MessageMapping('/a/{id}'), SendTo('/topic/{room}'))],
      /Faulty\.method\(\) replies to "\/topic\/\{room\}", but its mapping "\/a\/\{id\}" has no variable \{room\}/,
    ],
    [
      'a @DestinationVariable too many',
      [Positional],
      /@DestinationVariable\(\) of Positional\.method\(\) needs a name/,
    ],
    [
      'a @DestinationVariable that is not in the pattern',
      [UnknownVariable],
      /The @DestinationVariable "b" of UnknownVariable\.method\(\) is in none of its patterns/,
    ],
    [
      'two exception handlers for one type',
      [TwoExceptionHandlers],
      /Ambiguous exception handlers: TwoExceptionHandlers\.one\(\) and TwoExceptionHandlers\.two\(\) are both for SomeError/,
    ],
  ])('%s', async (_what, controllers, message) => {
    await expect(startApplication({ controllers })).rejects.toThrow(message);
  });

  it('a class with handlers in two modules', async () => {
    @Injectable()
    class Twice {
      @MessageMapping('/twice')
      method() {}
    }

    @Module({ providers: [Twice] })
    class OtherModule {}

    await expect(startApplication({ imports: [OtherModule], providers: [Twice] })).rejects.toThrow(
      /Twice\.method\(\) \(.*Module\) and Twice\.method\(\) \(.*Module\)/,
    );
  });

  it('a class with handlers that a factory provides, because its guards would not run', async () => {
    @Injectable()
    class Made {
      @MessageMapping('/made')
      method() {}
    }
    await expect(startApplication({ providers: [{ provide: 'MADE', useFactory: () => new Made() }] })).rejects.toThrow(
      /Made\.method\(\) cannot handle messages.*List the class itself/,
    );
  });

  it('a guard that is declared but that Nest has not created', async () => {
    @Injectable()
    class LateGuard {
      canActivate() {
        return false;
      }
    }

    @Controller()
    class Unguarded {
      @MessageMapping('/unguarded')
      method() {}
    }
    await expect(
      startApplication({ controllers: [Unguarded], configure: () => UseGuards(LateGuard)(Unguarded) }),
    ).rejects.toThrow('The guard LateGuard of Unguarded.method() cannot run: Nest has not created it.');
  });

  it.each(['useGlobalGuards', 'useGlobalInterceptors', 'useGlobalPipes', 'useGlobalFilters'] as const)(
    'nothing where %s should have something, as versions of Nest leave it that cannot create it',
    async (useGlobal) => {
      @Controller()
      class Unguarded {
        @MessageMapping('/unguarded')
        method() {}
      }
      await expect(
        startApplication({ controllers: [Unguarded], configure: (app) => app[useGlobal](null as never) }),
      ).rejects.toThrow(
        /^The global \w+ of Unguarded\.method\(\) cannot run: Nest has not created it\. .*Unguarded is provided/,
      );
    },
  );
});
