import { dialectOf, mayBeNamed } from '../../../lib/broker/relay/broker-dialect.js';
import { StompException } from '../../../lib/exceptions/stomp.exception.js';
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
