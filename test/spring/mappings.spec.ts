import { Controller, Injectable, type INestApplication, type LoggerService, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DestinationVariable,
  Header,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  StompControllerAdvice,
  StompEventListener,
  StompModule,
  SubscribeMapping,
  type StompModuleOptions,
} from '../../lib/index.js';
import { nextText } from '../handler/support/start-application.js';
import { startModule } from '../handler/support/start-module.js';

/** Keeps what an application says at its start. */
class StartLog implements LoggerService {
  readonly lines: string[] = [];

  log(message: string, context?: string): void {
    if (context === 'StompModule') this.lines.push(message);
  }

  error(): void {}
  warn(): void {}
}

async function startLog(controllers: Type[], stomp?: StompModuleOptions): Promise<string[]> {
  const logger = new StartLog();
  const imports = [StompModule.forRoot(stomp)];
  const module = await Test.createTestingModule({ controllers, imports }).setLogger(logger).compile();
  const app: INestApplication = module.createNestApplication({ logger });
  await app.init();
  await app.close();
  return logger.lines;
}

describe('The mappings in the start-up log', () => {
  @Controller()
  @MessageMapping(['/chat', 'talk/'])
  class ChatController {
    @MessageMapping(['/say/{room}', 'shout'])
    say() {}

    @MessageMapping()
    @SubscribeMapping('/past')
    all() {}
  }

  @Controller()
  @MessageMapping('/tenant/*')
  class StarController {
    @MessageMapping('/say')
    say() {}
  }

  @Controller()
  @MessageMapping('price')
  class DotController {
    @MessageMapping('{symbol}.*')
    one() {}

    @SubscribeMapping('/all.**')
    all() {}
  }

  it('are told as Nest tells its routes, each with every prefix, class pattern and method pattern', async () => {
    const stomp = { applicationDestinationPrefixes: ['/app', '/v2/'] };
    expect(await startLog([ChatController], stomp)).toEqual([
      'Mapped {/app/chat/say/{room}, SEND} ChatController.say()',
      'Mapped {/v2/chat/say/{room}, SEND} ChatController.say()',
      'Mapped {/app/chat/shout, SEND} ChatController.say()',
      'Mapped {/v2/chat/shout, SEND} ChatController.say()',
      'Mapped {/app/talk/say/{room}, SEND} ChatController.say()',
      'Mapped {/v2/talk/say/{room}, SEND} ChatController.say()',
      'Mapped {/app/talk/shout, SEND} ChatController.say()',
      'Mapped {/v2/talk/shout, SEND} ChatController.say()',
      'Mapped {/app/chat/past, SUBSCRIBE} ChatController.all()',
      'Mapped {/v2/chat/past, SUBSCRIBE} ChatController.all()',
      'Mapped {/app/talk/past, SUBSCRIBE} ChatController.all()',
      'Mapped {/v2/talk/past, SUBSCRIBE} ChatController.all()',
      'Mapped {/app/chat, SEND} ChatController.all()',
      'Mapped {/v2/chat, SEND} ChatController.all()',
      'Mapped {/app/talk/, SEND} ChatController.all()',
      'Mapped {/v2/talk/, SEND} ChatController.all()',
    ]);
  });

  it('keep the star that a class pattern ends with', async () => {
    expect(await startLog([StarController])).toEqual(['Mapped {/app/tenant/*/say, SEND} StarController.say()']);
  });

  it('have dots behind the prefix where dots separate', async () => {
    expect(await startLog([DotController], { pathSeparator: '.' })).toEqual([
      'Mapped {/app/price.{symbol}.*, SEND} DotController.one()',
      'Mapped {/app/price.all.**, SUBSCRIBE} DotController.all()',
    ]);
  });
});

@MessageMapping('/base')
@SendTo('/topic/base')
abstract class Base {
  @MessageMapping('/inherited')
  inherited() {
    return `inherited by ${this.constructor.name}`;
  }

  @MessageMapping('/again')
  again() {
    return 'of the base';
  }

  @MessageExceptionHandler(RangeError)
  failed(error: RangeError) {
    return `${this.constructor.name} handled ${error.message}`;
  }
}

@Controller()
class Plain extends Base {}

@Controller()
@MessageMapping('/other')
@SendTo('/topic/other')
class Other extends Base {
  @MessageMapping('/anew')
  override again() {
    return 'of its own';
  }

  @MessageMapping('/fail')
  fail() {
    throw new RangeError('it');
  }
}

@Controller()
class Several {
  @MessageMapping('/now')
  @MessageMapping('/status/{of}')
  @SubscribeMapping('/status/{of}')
  status() {
    return 'up';
  }
}

describe('A mapping of a base class', () => {
  it('is mapped for each class that extends it, with the decorators of that class or else its own', async () => {
    const application = await startModule({ controllers: [Plain, Other] });
    const client = await application.connect('alice');
    for (const name of ['base', 'other']) await client.subscribe(`/topic/${name}`);
    await client.send('/app/base/inherited');
    expect(await nextText(client, '/topic/base')).toBe('inherited by Plain');
    await client.send('/app/base/again');
    expect(await nextText(client, '/topic/base')).toBe('of the base');
    await client.send('/app/other/inherited');
    expect(await nextText(client, '/topic/other')).toBe('inherited by Other');
    await client.send('/app/other/anew');
    expect(await nextText(client, '/topic/other')).toBe('of its own');
    client.transmit('SEND', { destination: '/app/other/fail' });
    expect(await nextText(client, '/topic/other')).toBe('Other handled it');
    // A method that is overridden has the decorators of the one that overrides it.
    await client.send('/app/other/again');
    expect(client.take('MESSAGE')).toEqual([]);
    await application.stop();
  });
});

describe('Several mappings of one method', () => {
  it('are all its own, for SEND and for SUBSCRIBE', async () => {
    const application = await startModule({ controllers: [Several] });
    const client = await application.connect('alice');
    for (const name of ['now', 'status/server']) await client.subscribe(`/topic/${name}`);
    await client.send('/app/now');
    expect(await nextText(client, '/topic/now')).toBe('up');
    await client.send('/app/status/server');
    expect(await nextText(client, '/topic/status/server')).toBe('up');
    await client.subscribe('/app/status/server');
    expect(await nextText(client, '/app/status/server')).toBe('up');
    await application.stop();
  });
});

@Controller()
@MessageMapping('/v1.')
@SendToUser('/queue/matched')
class PatternController {
  @MessageMapping('/x')
  joined() {
    return 'joined';
  }

  @MessageMapping('/a?c')
  oneCharacter() {
    return '?';
  }

  @MessageMapping('/{name}/{code:[a-z]{2}-\\d+}')
  regex(@DestinationVariable('name') name: string, @DestinationVariable('code') code: string) {
    return `${name} ${code}`;
  }

  @MessageMapping('/files/**/{name}.txt')
  deep(@DestinationVariable('name') name: string) {
    return name;
  }
}

describe('A pattern', () => {
  it.each([
    ['/app/v1./x', 'joined'],
    ['/app/v1./abc', '?'],
    ['/app/v1./小明/ab-12', '小明 ab-12'],
    ['/app/v1./a%2Fb/ab-12', 'a%2Fb ab-12'],
    ['/app/v1./files/notes.txt', 'notes'],
    ['/app/v1./files/a/b/notes.txt', 'notes'],
  ])('matches %s', async (destination, expected) => {
    const application = await startModule({ controllers: [PatternController] });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/matched');
    await client.send(destination);
    expect(await nextText(client, '/user/queue/matched')).toBe(expected);
    await application.stop();
  });

  it.each(['/app/v1/x', '/app/v1./X', '/app/v1./ x', '/app/v1./abbc', '/app/v1./a/ab-x', '/app/v1./files/notes'])(
    'does not match %s: case counts and nothing is trimmed',
    async (destination) => {
      const application = await startModule({ controllers: [PatternController] });
      const client = await application.connect('alice');
      await client.subscribe('/user/queue/matched');
      await client.send(destination);
      expect(client.take('MESSAGE')).toEqual([]);
      await application.stop();
    },
  );
});

describe('A destination that no mapping is for', () => {
  it('may be the broker’s, whose prefixes have no slash behind them', async () => {
    const application = await startModule({ controllers: [Several] });
    const client = await application.connect('alice');
    await client.subscribe('/topicx');
    await client.send('/topicx', 'all that begins so');
    expect(await nextText(client, '/topicx')).toBe('all that begins so');
    await application.stop();
  });
});

describe('A decorator that could never have an effect is refused at once:', () => {
  const SYMBOL = Symbol('handle');

  class Wrong {
    static of() {}

    get value() {
      return 1;
    }

    [SYMBOL]() {}
  }

  const DECORATORS: [name: string, decorator: MethodDecorator][] = [
    ['MessageMapping', MessageMapping('/x')],
    ['SubscribeMapping', SubscribeMapping('/x')],
    ['MessageExceptionHandler', MessageExceptionHandler()],
    ['StompEventListener', StompEventListener()],
    ['SendTo', SendTo('/topic/x')],
    ['SendToUser', SendToUser('/queue/x')],
  ];

  it.each(DECORATORS)(
    '@%s on a static method, a getter, a property or a method that a symbol names',
    (name, decorate) => {
      const descriptorOf = (target: object, key: string | symbol) => Object.getOwnPropertyDescriptor(target, key)!;
      expect(() => decorate(Wrong, 'of', descriptorOf(Wrong, 'of'))).toThrow(`@${name}() cannot stand on Wrong.of: `);
      expect(() => decorate(Wrong.prototype, 'value', descriptorOf(Wrong.prototype, 'value'))).toThrow('Wrong.value: ');
      expect(() => decorate(Wrong.prototype, SYMBOL, descriptorOf(Wrong.prototype, SYMBOL))).toThrow(
        'Wrong.Symbol(handle): it must be a method, not a static one, with a name that is no symbol.',
      );
      expect(() => decorate(Wrong.prototype, 'property', undefined as never)).toThrow('Wrong.property: ');
    },
  );

  it('@SubscribeMapping on a class, and @Header without a name', () => {
    expect(() => SubscribeMapping('/x')(Wrong, undefined as never, undefined as never)).toThrow(
      'cannot stand on Wrong: ',
    );
    expect(() => Header(undefined as never)).toThrow('@Header() needs the name of a header');
  });

  it.each([[5], [null], [['/a', undefined]]])('with the pattern %j', (pattern) => {
    for (const decorator of [MessageMapping, SubscribeMapping]) {
      expect(() => decorator(pattern as never)).toThrow(/^A destination must be a text, not /);
    }
  });
});

describe('A mistake that the start finds', () => {
  @Controller()
  class Disagreeing {
    @MessageMapping(['/a/{x}', '/b/{y}'])
    method(@DestinationVariable() _value: string) {}
  }

  @Controller()
  class TwiceTheSame {
    @MessageMapping('/a/{x}')
    @MessageMapping('/a/{y}')
    method() {}
  }

  @Controller()
  @MessageMapping('/a')
  class OtherNames {
    @MessageMapping('/{room}')
    method() {}
  }

  @Controller()
  class FirstNames {
    @MessageMapping('a/{id}')
    method() {}
  }

  class SomeError extends Error {}

  @Controller()
  class TwoForOneError {
    @MessageMapping('/a')
    method() {}

    @MessageExceptionHandler(SomeError, RangeError)
    one() {}

    @MessageExceptionHandler()
    two(_error: SomeError) {}
  }

  @Controller()
  class Fine {
    @MessageMapping('/fine')
    method() {}
  }

  @Injectable()
  @StompControllerAdvice({ controllers: [undefined as never] })
  class CircularAdvice {
    @MessageExceptionHandler()
    failed() {}
  }

  it.each<[string, Type[], Type[], string]>([
    [
      'two classes whose patterns differ in the names of their variables only',
      [FirstNames, OtherNames],
      [],
      'Ambiguous mapping: FirstNames.method() (RootTestModule) and OtherNames.method() (RootTestModule) both handle SEND to "/a/{room}".',
    ],
    ['a method that is mapped to the same twice', [TwiceTheSame], [], 'Ambiguous mapping: TwiceTheSame.method() '],
    [
      'variables without a name in unlike patterns',
      [Disagreeing],
      [],
      'needs a name: its patterns do not agree on one.',
    ],
    [
      'two exception handlers for one type',
      [TwoForOneError],
      [],
      'Ambiguous exception handlers: TwoForOneError.one() and TwoForOneError.two() are both for SomeError.',
    ],
    ['an advice for undefined', [Fine], [CircularAdvice], 'CircularAdvice names undefined among its controllers'],
  ])('is %s', async (_what, controllers, providers, message) => {
    await expect(startModule({ controllers, providers })).rejects.toThrow(message);
  });
});

describe('An advice with controllers', () => {
  abstract class Shop {
    @MessageMapping('/fail')
    fail() {
      throw new Error('it');
    }
  }

  @Controller()
  @MessageMapping('/books')
  class BookController extends Shop {}

  @Controller()
  @MessageMapping('/news')
  class NewsController {
    @MessageMapping('/fail')
    fail() {
      throw new Error('it');
    }
  }

  @Injectable()
  @StompControllerAdvice({ controllers: [Shop] })
  class ShopAdvice {
    @MessageExceptionHandler()
    @SendToUser('/queue/handled')
    failed() {
      return 'the shop’s';
    }
  }

  @Injectable()
  @StompControllerAdvice({ controllers: [NewsController] })
  class NewsAdvice {
    @MessageExceptionHandler()
    @SendToUser('/queue/handled')
    failed(_error: Error, @Payload() text: string) {
      return `the news’ ${text}`;
    }
  }

  it('is asked for those classes and what extends them only', async () => {
    const application = await startModule({
      controllers: [BookController, NewsController],
      providers: [ShopAdvice, NewsAdvice],
    });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/handled');
    client.transmit('SEND', { destination: '/app/books/fail' });
    expect(await nextText(client, '/user/queue/handled')).toBe('the shop’s');
    client.transmit('SEND', { destination: '/app/news/fail' }, 'text');
    expect(await nextText(client, '/user/queue/handled')).toBe('the news’ text');
    await application.stop();
  });
});
