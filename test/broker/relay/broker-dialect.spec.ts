import { dialectOf, mayBeNamed } from '../../../lib/broker/relay/broker-dialect.js';
import { checkLimits } from '../../../lib/broker/relay/broker-limits.js';
import { MessageDeliveryException } from '../../../lib/exceptions/messaging.exception.js';
import { StompException } from '../../../lib/exceptions/stomp.exception.js';
import { StompFrame } from '../../../lib/frame/stomp-frame.js';
import { HeaderList } from '../../../lib/utils/header-list.js';

const of = (server?: string) => dialectOf(HeaderList.from({ server }));
const RABBIT = of('RabbitMQ/3.10.8');
const ACTIVE = of('ActiveMQ/5.17.2');
const OTHER = of('ActiveMQ-Artemis/2.31.0');

describe('Destinations of RabbitMQ', () => {
  it.each([
    ['/topic/a', '/topic/a'],
    ['/topic/price.NEST', '/topic/price.NEST'],
    ['/topic/room/7', '/topic/room%2F7'],
    ['/topic/100% sure+more', '/topic/100%25%20sure%2Bmore'],
    ['/topic/小明', '/topic/%E5%B0%8F%E6%98%8E'],
    ['/queue/a', '/queue/a'],
    ['/amq/queue/a/b', '/amq/queue/a%2Fb'],
    ['/exchange/orders/eu/new', '/exchange/orders/eu%2Fnew'],
    ['/exchange/orders', '/exchange/orders'],
  ])('%s are %s, and come back as they were', (ours, brokers) => {
    expect(RABBIT.toBroker(ours)).toBe(brokers);
    expect(RABBIT.fromBroker(brokers)).toBe(ours);
  });

  it.each([
    '/topic/#',
    '/topic/a.#',
    '/topic/#.b',
    '/topics',
    '/topic/',
    '/reply/x',
    `/topic/${'x'.repeat(256)}`,
    '/topic/\ud800',
    '/queue/amq.gen-x',
  ])('are not what a client may name: %s', (destination) => {
    expect(() => RABBIT.toBroker(destination)).toThrow(StompException);
    expect(mayBeNamed(destination, RABBIT)).toBe(false);
  });

  it('escape what the broker would unescape, so that no name is another by the side door', () => {
    expect(RABBIT.toBroker('/topic/%61dmin')).not.toBe(RABBIT.toBroker('/topic/admin'));
    expect(RABBIT.fromBroker(RABBIT.toBroker('/topic/%61dmin'))).toBe('/topic/%61dmin');
  });

  it.each([
    ['/topic/price.*', '.', '/topic/price.*'],
    ['/topic/price.{symbol}', '.', '/topic/price.*'],
    ['/topic/price.N?ST', '.', '/topic/price.*'],
    ['/topic/price.**', '.', '/topic/price.#'],
    ['/topic/**.NEST', '.', '/topic/#'],
    ['/topic/**', '/', '/topic/#'],
    ['/topic/room/*', '/', '/topic/#'],
    ['/topic/price.*', '/', '/topic/price.#'],
    ['/topic/a.b.c*/d', '/', '/topic/a.b.#'],
  ])('by the pattern %s, divided by %j, are those of %s', (pattern, separator, wanted) => {
    expect(RABBIT.toBrokerPattern(pattern, separator)).toBe(wanted);
  });

  it.each(['/top*/a', '/queue/*', '/topic/#.*'])('have no pattern %s', (pattern) => {
    expect(() => RABBIT.toBrokerPattern(pattern, '.')).toThrow(StompException);
  });

  it.each([
    ['CC', 'x'],
    ['BCC', 'x'],
    ['user-id', 'admin'],
    ['durable', 'false'],
    ['x-queue-name', 'other'],
    ['x-message-ttl', 'abc'],
    ['priority', 'high'],
    ['expiration', 'soon'],
    ['timestamp', 'now'],
    ['reply-to', '/temp-queue/mine'],
    ['correlation-id', 'x'.repeat(256)],
    ['x'.repeat(256), 'x'],
  ])('have no header %s:%s of a client', (name, value) => {
    expect(RABBIT.isHarmless(name, value)).toBe(false);
  });

  it.each([
    ['priority', '4'],
    ['expiration', '60000'],
    ['persistent', 'true'],
    ['reply-to', '/queue/answers'],
    ['correlation-id', '7'],
    ['x-kind', 'a'],
    ['constructor', 'x'],
  ])('have the header %s:%s', (name, value) => {
    expect(RABBIT.isHarmless(name, value)).toBe(true);
  });
});

describe('Destinations of ActiveMQ', () => {
  it.each(['/topic/a', '/topic/price.NEST', '/topic/room/7', '/queue/a%2Fb', '/topic/小明', '/topic/a.#'])(
    '%s are the same',
    (name) => {
      expect(ACTIVE.toBroker(name)).toBe(name);
      expect(ACTIVE.fromBroker(name)).toBe(name);
    },
  );

  it.each([
    '/topic/a,/queue/secret',
    '/topic/a,queue://secret',
    '/topic/a?consumer.exclusive=true',
    '/topic/queue://secret',
    '/topic/a ',
    '/topic/ a',
    '/topic/>',
    '/topic/a.*',
    '/topic/ActiveMQ.Advisory.Connection',
    '/topic/activemq.advisory.Connection',
    '/temp-queue/x',
    '/topic/',
    '/exchange/a',
  ])('are not what a client may name: %s', (destination) => {
    expect(() => ACTIVE.toBroker(destination)).toThrow(StompException);
  });

  it.each([
    ['/topic/price.*', '.', '/topic/price.*'],
    ['/topic/price.**', '.', '/topic/price.>'],
    ['/topic/**', '/', '/topic/>'],
    ['/topic/price.*', '/', '/topic/price.>'],
  ])('by the pattern %s, divided by %j, are those of %s', (pattern, separator, wanted) => {
    expect(ACTIVE.toBrokerPattern(pattern, separator)).toBe(wanted);
  });

  it.each([
    ['transformation', 'jms-object-xml'],
    ['amq-msg-type', 'map'],
    ['expires', 'soon'],
    ['priority', '10'],
    ['JMSXGroupSeq', 'first'],
    ['AMQ_SCHEDULED_CRON', '* * * * *'],
    ['AMQ_SCHEDULED_DELAY', 'x'],
    ['reply-to', '/temp-queue/mine'],
  ])('have no header %s:%s of a client', (name, value) => {
    expect(ACTIVE.isHarmless(name, value)).toBe(false);
  });

  it.each([
    ['priority', '4'],
    ['JMSXGroupID', 'a'],
    ['x-kind', 'a'],
    ['persistent', 'true'],
  ])('have the header %s:%s', (name, value) => {
    expect(ACTIVE.isHarmless(name, value)).toBe(true);
  });
});

describe('Destinations of a broker that nobody here knows', () => {
  it('are plain names only', () => {
    expect(OTHER.toBroker('/topic/price.NEST')).toBe('/topic/price.NEST');
    for (const name of ['/topic/#', '/topic/a,b', '/topic/a::b', '/topic/a b']) {
      expect(() => OTHER.toBroker(name)).toThrow(StompException);
    }
  });

  it('have no patterns', () => {
    expect(() => OTHER.toBrokerPattern('/topic/*', '/')).toThrow(StompException);
  });
});

describe('An ERROR that does not say what it is for', () => {
  const error = (message: string, body = '') =>
    new StompFrame('ERROR', HeaderList.from({ message, 'content-type': 'text/plain' }), Buffer.from(body));

  it.each([
    ['Subscription not found', "There is no current subscription with tag 'T_topic-1'."],
    [
      'No subscription found',
      "UNSUBSCRIBE must refer to an existing subscription.\nSubscription to id='topic-1' not found.\n",
    ],
    ['Server cancelled unknown subscription', 'Consumer tag <<"T_topic-1">> is not associated with a subscription.\n'],
  ])(
    'leaves the connection to RabbitMQ as it is when it tells of a subscription that has ended: %s',
    (message, body) => {
      expect(RABBIT.isRemark(error(message, body))).toBe(true);
    },
  );

  it.each([
    ['Subscription not found', 'Message with id "T_queue@@session@@1" has no subscription'],
    ['Processing error', 'Processing error'],
    ['not_found', "NOT_FOUND - no exchange 'nowhere' in vhost '/'"],
  ])('is the end of a connection to RabbitMQ when something else has failed: %s', (message, body) => {
    expect(RABBIT.isRemark(error(message, body))).toBe(false);
  });

  it('never ends a connection to ActiveMQ, which closes by itself where it must', () => {
    expect(ACTIVE.isRemark(error('Unexpected ACK received for message-id [null]'))).toBe(true);
  });

  it('is the end of a connection to a broker that nobody here knows', () => {
    expect(OTHER.isRemark(error('Subscription not found', 'There is no current subscription'))).toBe(false);
  });
});

describe('What a client says on SUBSCRIBE', () => {
  it.each(['durable', 'auto-delete', 'x-expires', 'x-message-ttl'])(
    'is its own affair for a topic of RabbitMQ: %s',
    (name) => {
      expect(RABBIT.isSubscribersOwn(name, '/topic/a')).toBe(true);
      expect(RABBIT.isSubscribersOwn(name, '/queue/a')).toBe(false);
    },
  );

  it.each([
    'x-queue-name',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'exclusive',
    'x-queue-type',
    'reply-to',
  ])('is never its own affair: %s', (name) => {
    for (const destination of ['/topic/a', '/exchange/a/b', '/queue/a', '/amq/queue/a']) {
      expect(RABBIT.isSubscribersOwn(name, destination)).toBe(false);
      expect(ACTIVE.isSubscribersOwn(name, destination)).toBe(false);
    }
  });

  it('names a durable subscription of ActiveMQ, and takes a queue from nobody', () => {
    expect(ACTIVE.isSubscribersOwn('activemq.subscriptionName', '/topic/a')).toBe(true);
    for (const name of ['activemq.exclusive', 'activemq.priority', 'activemq.destination', 'transformation'])
      expect(ACTIVE.isSubscribersOwn(name, '/queue/a')).toBe(false);
  });
});

describe('What a client says on SEND', () => {
  it.each([
    ['CC', 'x'],
    ['x-queue-name', 'x'],
    ['priority', 'high'],
    ['transformation', 'jms-object-xml'],
    ['amq-msg-type', 'map'],
  ])('is no order to a broker that nobody here knows: %s', (name, value) => {
    expect(OTHER.isHarmless(name, value)).toBe(false);
    expect(OTHER.isHarmless('x-kind', value)).toBe(true);
  });
});

describe('Headers', () => {
  const LIMITS = { headerCount: 6, headerLength: 20, transaction: 1 };

  it.each([
    ['as many as a broker takes beside those that are added on the way', { a: '1', b: '2', c: '3' }],
    ['as long as a broker takes', { name: '123456789012345' }],
    ['as long as a broker takes once they are escaped', { name: ':::::::' }],
  ])('may be %s', (_, headers) => {
    expect(() => checkLimits(HeaderList.from(headers), LIMITS)).not.toThrow();
  });

  it.each([
    ['more', { a: '1', b: '2', c: '3', d: '4' }],
    ['longer', { name: '1234567890123456' }],
    ['longer when they are escaped', { name: '::::::::' }],
    ['longer in bytes', { name: '小明小明小明' }],
  ])('may not be %s', (_, headers) => {
    expect(() => checkLimits(HeaderList.from(headers), LIMITS)).toThrow(MessageDeliveryException);
  });
});
