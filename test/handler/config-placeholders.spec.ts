import { Controller, type Type } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import {
  Header,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  SubscribeMapping,
} from '../../lib/index.js';
import { nextText } from './support/start-application.js';
import { logged, startModule } from './support/start-module.js';

const VALUES = {
  ROOM: 'lobby',
  VERSION: 2,
  TOPIC: 'news',
  PRIVATE: '/queue/private',
  list: ['a'],
  limits: { perPage: 20 },
  tenantHeader: 'x-tenant',
  idForm: '[0-9]{2}',
};

const configured = () => ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => VALUES] });

@Controller()
@MessageMapping('/v${VERSION}')
class ConfiguredController {
  @MessageMapping('/${ROOM}/{id}')
  @SendTo('/topic/${TOPIC}.{id}')
  @SendToUser('${PRIVATE}')
  say(@Payload() text: string) {
    return text;
  }

  @MessageMapping('/${MISSING:fallback}')
  @SendTo('/topic/${MISSING:other}')
  byDefault() {
    return 'by default';
  }

  @SubscribeMapping('/by-id/{id:${idForm}}')
  byId() {
    return 'two digits';
  }

  @MessageMapping('/headers')
  @SendToUser('${PRIVATE}')
  headers(
    @Header('${tenantHeader}') tenant: string,
    @Header('x-limit', { defaultValue: '${limits.perPage}' }) limit: number,
    @Header('x-order', { defaultValue: '${ORDER:name}' }) order: string,
  ) {
    return { tenant, limit, order };
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

@Controller()
class UnknownHeader {
  @MessageMapping('/x')
  say(@Header('${UNKNOWN}') _value: string) {}
}

@Controller()
class UnknownDefault {
  @MessageMapping('/x')
  say(@Header('x', { defaultValue: '${UNKNOWN}' }) _value: string) {}
}

@Controller()
class WrongDefault {
  @MessageMapping('/x')
  say(@Header('x', { defaultValue: '${ROOM}' }) _value: number) {}
}

describe('A placeholder', () => {
  it('in a mapping or a reply destination stands for what ConfigService says', async () => {
    const application = await startModule({ controllers: [ConfiguredController], imports: [configured()] });
    const client = await application.connect('alice');
    for (const destination of ['/topic/news.7', '/user/queue/private', '/topic/other', '/topic/news']) {
      await client.subscribe(destination);
    }
    await client.send('/app/v2/lobby/7', 'hello');
    expect(await nextText(client, '/topic/news.7')).toBe('hello');
    expect(await nextText(client, '/user/queue/private')).toBe('hello');
    await client.send('/app/v2/fallback');
    expect(await nextText(client, '/topic/other')).toBe('by default');
    client.transmit('SEND', { destination: '/app/v2/fail' });
    expect(await nextText(client, '/topic/news')).toBe('failed');
    await client.subscribe('/app/v2/by-id/42');
    expect(await nextText(client, '/app/v2/by-id/42')).toBe('two digits');
    expect(logged).toContain('Mapped {/app/v2/lobby/{id}, SEND} ConfiguredController.say()');
    await application.stop();
  });

  it('in the name or the default of a header stands for what ConfigService says, converted as the header would be', async () => {
    const application = await startModule({ controllers: [ConfiguredController], imports: [configured()] });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/private');
    await client.send('/app/v2/headers', '', { 'x-tenant': 'acme' });
    expect(await nextText(client, '/user/queue/private')).toBe('{"tenant":"acme","limit":20,"order":"name"}');
    await client.send('/app/v2/headers', '', { 'x-tenant': 'acme', 'x-limit': '5', 'x-order': 'date' });
    expect(await nextText(client, '/user/queue/private')).toBe('{"tenant":"acme","limit":5,"order":"date"}');
    await application.stop();
  });

  it.each<[string, Type, string]>([
    ['in a mapping', UnknownMapping, 'The mapping "/${UNKNOWN}/x" of UnknownMapping.say() is not possible: nothing is'],
    ['in a reply', UnknownReply, 'The reply to "/topic/${UNKNOWN}" of UnknownReply.say() is not possible: nothing is'],
    [
      'in the name of a header',
      UnknownHeader,
      'The @Header("${UNKNOWN}") of UnknownHeader.say() is not possible: nothing',
    ],
    ['in a default', UnknownDefault, 'The default of @Header("x") of UnknownDefault.say() is not possible: nothing is'],
    ['that is no text', NotText, 'The mapping "/${list}" of NotText.say() is not possible: nothing is'],
  ])('%s that nothing is configured for stops the start', async (_where, controller, message) => {
    const started = startModule({ controllers: [controller], imports: [configured()] });
    await expect(started).rejects.toThrow(message);
  });

  it('in a default that is not of the declared type stops the start', async () => {
    await expect(startModule({ controllers: [WrongDefault], imports: [configured()] })).rejects.toThrow(
      'The default of @Header("x") of WrongDefault.say() must be a number, but it is "lobby".',
    );
  });

  it('without a ConfigService stops the start', async () => {
    await expect(startModule({ controllers: [UnknownMapping] })).rejects.toThrow('is configured for ${UNKNOWN}');
  });
});
