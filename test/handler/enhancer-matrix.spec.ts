import { applyDecorators, Controller, Injectable, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { MessageMapping, Payload, SubscribeMapping } from '../../lib/index.js';
import { ROWS } from '../consumers/app/enhancer-matrix/index.js';
import { startApplication } from './support/start-application.js';

describe('The enhancer matrix:', () => {
  it.each(ROWS)('$name', ({ run }) => run());

  it('has every combination', () => {
    const hosts = 3 * 4;
    const declarations = 5 * 4 + 1;
    expect(ROWS).toHaveLength(4 * hosts * declarations + 4 * hosts + hosts + 3);
  });
});

describe.each([
  ['controller', Controller()],
  ['provider', Injectable()],
] as const)('On a %s a guard runs', (host, decorate) => {
  const ran: string[] = [];

  /** A guard class that lets everything pass, and notes that it has run. */
  function guard(name: string): Type<CanActivate> {
    @Injectable()
    class NotingGuard implements CanActivate {
      canActivate(): boolean {
        ran.push(name);
        return true;
      }
    }
    return NotingGuard;
  }

  /** What runs for a SEND and a SUBSCRIBE. */
  async function ranFor(classRef: Type<object>): Promise<string[]> {
    ran.length = 0;
    const isController = host === 'controller';
    const application = await startApplication(isController ? { controllers: [classRef] } : { providers: [classRef] });
    const client = await application.connect();
    await client.send('/app/text', 'text');
    ran.push('|');
    await client.subscribe('/app/text');
    await application.stop();
    return ran;
  }

  it('that a base class declares', async () => {
    @UseGuards(guard('base'))
    class Base {
      @SubscribeMapping('/text')
      subscribed() {}
    }

    @decorate
    class Derived extends Base {
      @MessageMapping('/text')
      sent(@Payload() _text: string) {}
    }
    expect(await ranFor(Derived)).toEqual(['base', '|', 'base']);
  });

  it('that a base class declares, before those of the class itself', async () => {
    @UseGuards(guard('base'))
    abstract class Base {}

    @decorate
    @UseGuards(guard('derived'))
    class Derived extends Base {
      @MessageMapping('/text')
      @SubscribeMapping('/text')
      both() {}
    }
    expect(await ranFor(Derived)).toEqual(['base', 'derived', '|', 'base', 'derived']);
  });

  it('that a method of an abstract base class declares, with its mapping', async () => {
    abstract class Base {
      @MessageMapping('/text')
      @UseGuards(guard('send'))
      sent(@Payload() text: string) {
        return this.handle(text);
      }

      @SubscribeMapping('/text')
      @UseGuards(guard('subscribe'))
      subscribed() {
        return this.handle('');
      }

      protected abstract handle(text: string): string;
    }

    @decorate
    class Derived extends Base {
      protected handle(text: string) {
        ran.push(`handled ${text}`);
        return text;
      }
    }
    expect(await ranFor(Derived)).toEqual(['send', 'handled text', '|', 'subscribe', 'handled ']);
  });

  it('that an overriding method declares, and as for HTTP routes no more that of the overridden one', async () => {
    class Base {
      @MessageMapping('/text')
      @SubscribeMapping('/text')
      @UseGuards(guard('overridden'))
      both() {}
    }

    @decorate
    class Derived extends Base {
      @MessageMapping('/text')
      @SubscribeMapping('/text')
      @UseGuards(guard('overriding'))
      override both() {}
    }
    expect(await ranFor(Derived)).toEqual(['overriding', '|', 'overriding']);
  });

  it('that a decorator made with applyDecorators() brings along, on classes and methods', async () => {
    const Guarded = (name: string) => applyDecorators(UseGuards(guard(name)));
    const Texts = () =>
      applyDecorators(
        Guarded('with the mapping'),
        MessageMapping('/text'),
        SubscribeMapping('/text') as MethodDecorator,
      );

    @decorate
    @Guarded('class')
    class Handler {
      @Guarded('method')
      @Texts()
      both() {}
    }
    const expected = ['class', 'with the mapping', 'method'];
    expect(await ranFor(Handler)).toEqual([...expected, '|', ...expected]);
  });
});
