import { Controller, Module, type Type } from '@nestjs/common';
import { MessageExceptionHandler, MessageMapping, SendTo, SendToUser } from '../../lib/index.js';
import { nextText } from './support/start-application.js';
import { startModule } from './support/start-module.js';

/** As @nestjs/config provides it: a class of this name, made by a factory, in a module of its own. */
class ConfigService {
  constructor(private readonly values: Record<string, unknown>) {}

  get(key: string): unknown {
    return this.values[key];
  }
}

const VALUES = { ROOM: 'lobby', VERSION: 2, TOPIC: 'news', PRIVATE: '/queue/private', list: ['a'] };

@Module({ providers: [{ provide: ConfigService, useFactory: () => new ConfigService(VALUES) }] })
class ConfigModule {}

@Controller()
@MessageMapping('/v${VERSION}')
class ConfiguredController {
  @MessageMapping('/${ROOM}/{id}')
  @SendTo('/topic/${TOPIC}.{id}')
  @SendToUser('${PRIVATE}')
  say(text: string) {
    return text;
  }

  @MessageMapping('/${MISSING:fallback}')
  @SendTo('/topic/${MISSING:other}')
  byDefault() {
    return 'by default';
  }

  @MessageMapping('/fail')
  fail() {
    throw new Error('failed');
  }

  @MessageExceptionHandler()
  @SendTo('/topic/${TOPIC}')
  failed(error: Error) {
    return error.message;
  }
}

@Controller()
class UnknownMapping {
  @MessageMapping('/${UNKNOWN}/x')
  say() {}
}

@Controller()
class UnknownReply {
  @MessageMapping('/x')
  @SendTo('/topic/${UNKNOWN}')
  say() {}
}

@Controller()
class NotText {
  @MessageMapping('/${list}')
  say() {}
}

describe('A placeholder', () => {
  it('in a mapping or a reply destination stands for what ConfigService says', async () => {
    const application = await startModule({ controllers: [ConfiguredController], imports: [ConfigModule] });
    const client = await application.connect('alice');
    for (const destination of ['/topic/news.7', '/user/queue/private', '/topic/other', '/topic/news']) {
      await client.subscribe(destination);
    }
    await client.send('/app/v2/lobby/7', 'hello');
    expect(await nextText(client, '/topic/news.7')).toBe('hello');
    expect(await nextText(client, '/user/queue/private')).toBe('hello');
    await client.send('/app/v2/fallback');
    expect(await nextText(client, '/topic/other')).toBe('by default');
    await client.send('/app/v2/fail');
    expect(await nextText(client, '/topic/news')).toBe('failed');
    await application.stop();
  });

  it.each<[string, Type, string]>([
    ['in a mapping', UnknownMapping, 'The mapping "/${UNKNOWN}/x" of UnknownMapping.say() is not possible: nothing is'],
    ['in a reply', UnknownReply, 'The reply to "/topic/${UNKNOWN}" of UnknownReply.say() is not possible: nothing is'],
    ['that is no text', NotText, 'The mapping "/${list}" of NotText.say() is not possible: nothing is'],
  ])('%s that nothing is configured for stops the start', async (_where, controller, message) => {
    const started = startModule({ controllers: [controller], imports: [ConfigModule] });
    await expect(started).rejects.toThrow(message);
  });

  it('without a ConfigService stops the start', async () => {
    await expect(startModule({ controllers: [UnknownMapping] })).rejects.toThrow('is configured for ${UNKNOWN}');
  });
});
