import 'reflect-metadata';
import { Controller, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageMapping, StompModule, type StompModuleOptions } from '../../lib/index.js';

@Controller()
class FirstController {
  @MessageMapping('/same')
  one(): void {}
}

@Controller()
class SecondController {
  @MessageMapping('same')
  two(): void {}
}

@Injectable()
class Settings {
  readonly path = '/from-settings';

  createStompOptions(): StompModuleOptions {
    return { endpoints: [{ path: this.path }] };
  }
}

async function start(stomp: () => DynamicModule, controllers: Type[] = []): Promise<void> {
  @Module({})
  class AppModule {}
  const app = await NestFactory.create(
    { module: AppModule, imports: [stomp()], controllers },
    { logger: false, abortOnError: false },
  );
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

describe('A mistake of the programmer stops the start', () => {
  it('when two methods are mapped to one destination, and names both', async () => {
    const started = start(() => StompModule.forRoot(), [FirstController, SecondController]);
    await expect(started).rejects.toThrow(/FirstController\.one.*SecondController\.two.*\/same/s);
  });

  it('when two modules call forRoot(), which would make two servers of one application', async () => {
    @Module({ imports: [StompModule.forRoot({ endpoints: [{ path: '/other' }] })] })
    class OtherModule {}
    const rooms = { module: OtherModule, imports: [StompModule.forRoot()] };
    const expected =
      /forRoot\(\) or forRootAsync\(\) has been called for 2 modules .* import StompModule\.forFeature\(\)/;
    await expect(start(() => rooms)).rejects.toThrow(expected);
  });

  it.each([
    [{ endpoints: [] }, /endpoints must be a list that is not empty, but it is \[\]/],
    [{ endpoints: [{ path: 'ws' }] }, /endpoints\[0\]\.path must be a path.*"ws"/],
    [{ endpoints: [{ path: '/ws' }, { path: '/ws' }] }, /endpoints\[\]\.path must be different/],
    [{ transport: { messageSizeLimit: -1 } }, /transport\.messageSizeLimit must be a whole number.*-1/],
    [{ broker: { heartbeat: [1] } }, /broker\.heartbeat must be a pair/],
    [{ broker: { kind: 'magic' } }, /broker\.kind must be one of "simple"/],
    [{ applicationDestinationPrefixes: ['/topic'] }, /none the beginning of another/],
    [{ rateLimits: [{ by: 'user' }] }, /rateLimits\[0\] must be limited by frames, bytes or both/],
    [{ endpoint: '/ws' }, /endpoint must be left out: the options here are endpoints, /],
    [{ authenticate: 'yes' }, /authenticate must be a function, but it is "yes"/],
  ])('when an option cannot be: %j', async (options, message) => {
    await expect((async () => start(() => StompModule.forRoot(options as StompModuleOptions)))()).rejects.toThrow(
      message,
    );
    const later = start(() => StompModule.forRootAsync({ useFactory: () => options as StompModuleOptions }));
    await expect(later).rejects.toThrow(message);
  });
});

describe('StompModule.forRootAsync', () => {
  it('takes its options from a factory, a class or a provider', async () => {
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const imports = [SettingsModule];
    await start(() => StompModule.forRootAsync({ useClass: Settings }));
    await start(() => StompModule.forRootAsync({ imports, useExisting: Settings }));
    await start(() =>
      StompModule.forRootAsync({
        imports,
        inject: [Settings],
        useFactory: ({ path }: Settings) => ({ endpoints: [{ path }] }),
      }),
    );
  });

  it('does nothing in an application without an HTTP server', async () => {
    @Module({ imports: [StompModule.forRoot()] })
    class AppModule {}
    const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await context.close();
  });
});
