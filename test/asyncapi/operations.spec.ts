import 'reflect-metadata';
import type { AsyncApiDocument, AsyncApiMessageObject } from '../../lib/asyncapi/index.js';
import { createDocument } from './create-document.js';
import { EVERY_KIND } from './every-kind.js';

const REFERENCE = '#/components/schemas/';

describe('In the AsyncAPI document', () => {
  let document: AsyncApiDocument;

  beforeAll(async () => {
    document = await createDocument(EVERY_KIND);
  });

  /** Where the operations of this name go: each address with what is said of it. */
  function sendsOf(name: string): [string | null, string | undefined][] {
    return Object.entries(document.operations)
      .filter(([key, { action }]) => action === 'send' && key.replace(/_\d+$/, '') === name)
      .map(([, { channel, description }]) => [document.channels[channel.$ref.split('/')[2]!]!.address, description]);
  }

  function message(name: string): AsyncApiMessageObject {
    return document.components.messages[name]!;
  }

  it('a reply goes to each of its destinations, however many patterns its method has', () => {
    const cause = 'Follows what ChatController.several has received.';
    expect(sendsOf('ChatController.several.reply')).toEqual([
      ['/user/queue/ab', `${cause} Goes to all sessions of the user who sent it.`],
      ['/topic/a', cause],
      ['/topic/b', cause],
    ]);
    expect(Object.keys(document.operations)).toContain('ChatController.several_2');
  });

  it('a reply that names no destination goes to the default one', () => {
    expect(sendsOf('ChatController.wild.reply')).toEqual([['/topic/chat/files/*/**', expect.any(String)]]);
    expect(sendsOf('ChatController.join.reply')).toEqual([['/user/queue/chat/{room}', expect.any(String)]]);
  });

  it('a reply may leave out its sender', () => {
    expect(sendsOf('ChatController.say.reply')).toEqual([
      ['/topic/chat.{room}', expect.stringContaining('The session that sent it is left out.')],
    ]);
  });

  it('a method has no reply that returns nothing, or nothing that is known to go anywhere', () => {
    expect(sendsOf('ChatController.silent.reply')).toEqual([]);
    expect(document.operations['ChatController.silent']).not.toHaveProperty('reply');
    expect(sendsOf('PriceService.logged.reply')).toEqual([]);
    expect(document.operations['PriceService.logged']).not.toHaveProperty('reply');
    expect(sendsOf('ChatController.forgotten')).toEqual([]);
  });

  it('exception handlers and those of advices send, each once', () => {
    expect(sendsOf('ChatController.noSuchRoom')).toEqual([
      ['/user/queue/errors', 'Follows a frame that failed with NoSuchRoom. Goes to the session that sent it.'],
    ]);
    expect(sendsOf('Advice.failed')).toEqual([
      ['/topic/failures', 'Follows a frame that failed with TypeError or RangeError.'],
    ]);
  });

  it('SEND and SUBSCRIBE to one destination are two operations', () => {
    const { 'ChatController.say': say, 'ChatController.join': join } = document.operations;
    expect(say!.channel).toEqual(join!.channel);
    expect([say!['x-stomp-command'], join!['x-stomp-command']]).toEqual(['SEND', 'SUBSCRIBE']);
  });

  it('a subscription is replied to in its own channel, with what the decorator says', () => {
    const { channel, reply } = document.operations['ChatController.history']!;
    expect(reply!.channel).toEqual(channel);
    expect(reply).not.toHaveProperty('address');
    expect(message('ChatController.history.reply')).toEqual({
      summary: 'What has been said',
      contentType: 'application/json',
      payload: { type: 'array', items: { $ref: `${REFERENCE}ChatMessage` } },
    });
    expect(message('ChatController.history')).toEqual({ name: 'SUBSCRIBE' });
  });

  it('variables are described in words', () => {
    const { parameters } = document.channels['app.chat.room.history.count']!;
    expect(parameters).toEqual({ room: {}, count: { description: 'A number. Matches [0-9]+.' } });
  });

  it('headers are those that clients send, as they send them', () => {
    const { properties, required } = message('ChatController.say').headers!;
    expect(properties).toEqual({
      'reply-to': expect.objectContaining({ type: 'string' }) as object,
      'correlation-id': expect.objectContaining({ type: 'string' }) as object,
      'x-tag': { type: 'array', items: { type: 'string' } },
      'x-level': { type: 'number', default: 3 },
      'x-count': { type: 'string' },
      'x-trace': { type: 'string' },
    });
    expect(required).toEqual(['x-tag', 'x-count']);
  });

  it.each([
    ['ChatController.say', { contentType: 'application/json', payload: { $ref: `${REFERENCE}ChatMessage` } }],
    ['ChatController.wild', { contentType: 'application/octet-stream', payload: { type: 'string', format: 'binary' } }],
    ['ChatController.wild.reply', { contentType: 'text/plain', payload: { type: 'string' } }],
    [
      'ChatController.several',
      {
        contentType: 'application/json',
        payload: { type: 'object', properties: { first: { type: 'string' }, second: { $ref: `${REFERENCE}Price` } } },
      },
    ],
    [
      'PriceService.prices',
      { summary: 'A symbol', contentType: 'text/plain', payload: { type: 'string', pattern: '^[A-Z]+$' } },
    ],
    [
      'PriceService.prices.reply',
      {
        description: 'One for each change.',
        contentType: 'application/json',
        payload: { $ref: `${REFERENCE}Price` },
      },
    ],
  ])('the payload of %s is what its declaration says', (name, expected) => {
    expect(message(name)).toMatchObject(expected);
  });

  it.each(['ChatController.silent', 'ChatController.raw', 'ChatController.several.reply', 'ChatController.join.reply'])(
    'nothing is said of the payload of %s, of which nothing is known',
    (name) => {
      expect(message(name)).not.toHaveProperty('payload');
      expect(message(name)).not.toHaveProperty('contentType');
    },
  );
});
