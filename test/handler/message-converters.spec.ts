import { Controller } from '@nestjs/common';
import {
  Header,
  JsonMessageConverter,
  Message,
  MessageConversionException,
  MessageMapping,
  Payload,
  SendToUser,
  type MessageConverter,
  type StompModuleOptions,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

/** Lines of `key=value`, of a content type of their own; everything that it writes looks so. */
const lines: MessageConverter = {
  fromMessage: ({ payload, headers }) => {
    if (headers.contentType !== 'text/lines') return undefined;
    const entries = Buffer.from(payload).toString().split('\n');
    return Object.fromEntries(entries.map((line) => line.split('=')));
  },
  toMessage: (payload, nativeHeaders) => {
    const entries = Object.entries(payload as object).map(([key, value]) => `${key}=${value}`);
    return Message.to('', Buffer.from(entries.join('\n')), nativeHeaders.set('content-type', 'text/lines'));
  },
};

@Controller()
@SendToUser('/queue/echo')
class EchoController {
  @MessageMapping('/echo')
  echo(value: unknown) {
    return value;
  }

  @MessageMapping('/bytes')
  bytes(value: Uint8Array) {
    return [...value];
  }

  @MessageMapping('/content-type')
  contentType(@Payload() value: string, @Header('content-type', { required: false }) contentType?: string) {
    return [value, contentType ?? 'none'];
  }
}

let application: StartedModule;
let client: StompTestClient;

async function start(stomp: StompModuleOptions): Promise<void> {
  application = await startModule({ stomp, controllers: [EchoController] });
  client = await application.connect('alice');
  await client.subscribe('/user/queue/echo');
  await client.subscribe('/user/queue/errors');
}

async function echo(body: string, contentType?: string, destination = '/app/echo'): Promise<string> {
  client.transmit('SEND', { destination, 'content-type': contentType }, body);
  return nextText(client, '/user/queue/echo');
}

async function error(body: string, contentType?: string, destination = '/app/echo') {
  client.transmit('SEND', { destination, 'content-type': contentType }, body);
  return client.nextError();
}

afterEach(() => application.stop());

describe('The converters of an application', () => {
  it('are the built-in ones', async () => {
    await start({ messageConverters: undefined });
    expect(await echo('{"a":1}', 'application/json')).toBe('{"a":1}');
    expect(await echo('a=1', 'text/lines')).toBe('a=1');
  });

  it('come before the built-in ones if they are a list', async () => {
    await start({ messageConverters: [lines] });
    expect(await echo('a=1', 'text/lines')).toBe('a=1');
    expect(await echo('{"a":1}', 'application/json')).toBe('a=1');
  });

  it('come where a function puts them', async () => {
    await start({ messageConverters: (defaults) => [...defaults, lines] });
    // The built-in converter for text takes every text/*.
    expect(await echo('a=1', 'text/lines')).toBe('a=1');
    expect(await echo('{"a":1}', 'application/json')).toBe('{"a":1}');
  });

  it('take the place of the built-in ones that a function leaves out', async () => {
    await start({ messageConverters: () => [new JsonMessageConverter()] });
    expect(await echo('{"a":1}', 'application/json')).toBe('{"a":1}');
    expect(await error('hi', 'text/plain')).toMatchObject({
      code: 'MESSAGE_CONVERSION',
      message: 'Cannot convert a payload of content-type "text/plain" to a value.',
    });
  });

  it('cannot change the built-in ones of others', async () => {
    await start({ messageConverters: (defaults) => defaults.splice(0, 2) });
    await application.stop();
    await start({ messageConverters: undefined });
    expect(await echo('hi', 'text/plain')).toBe('hi');
  });
});

describe('The content type of a message', () => {
  it('that clients do not name is what the application says', async () => {
    await start({ contentTypeResolver: ({ contentType }) => contentType ?? 'application/json' });
    expect(await echo('{"a":1}')).toBe('{"a":1}');
    expect(await error('hello')).toMatchObject({
      code: 'MESSAGE_CONVERSION',
      message: 'The payload is not valid JSON.',
    });
  });

  it('that the application says is not taken for a header of the client’s', async () => {
    await start({ contentTypeResolver: () => 'application/json' });
    expect(await echo('"hi"', undefined, '/app/content-type')).toBe('["hi","none"]');
  });

  it('must be there if the application wants it', async () => {
    const contentTypeResolver: StompModuleOptions['contentTypeResolver'] = ({ contentType }) => {
      if (contentType === undefined) throw new MessageConversionException('Name the content-type.');
      return contentType;
    };
    await start({ contentTypeResolver });
    expect(await error('{}')).toMatchObject({ code: 'MESSAGE_CONVERSION', message: 'Name the content-type.' });
    expect(await echo('{}', 'application/json')).toBe('{}');
  });

  it('decides whether blanks are nothing', async () => {
    await start({ contentTypeResolver: ({ contentType }) => contentType ?? 'application/x-dump' });
    const empty = { code: 'METHOD_ARGUMENT_NOT_VALID', message: 'The payload must not be empty.' };
    expect(await error('  ', 'application/json')).toMatchObject(empty);
    expect(await error('  ', 'text/plain')).toMatchObject(empty);
    expect(await error('  ')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
    expect(await echo('  ', undefined, '/app/bytes')).toBe('[32,32]');
  });

  it('decides in which charset text is read', async () => {
    await start({});
    const text = Buffer.from('é', 'latin1');
    client.transmit('SEND', { destination: '/app/echo', 'content-type': 'text/plain;charset=ISO-8859-1' }, text);
    expect(await nextText(client, '/user/queue/echo')).toBe('é');
    expect(await error('é', 'text/plain;charset=UTF-16')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
  });
});
