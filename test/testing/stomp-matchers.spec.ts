import { StompFrame } from '../../lib/frame/stomp-frame.js';
import { StompTestClient, stompMatchers } from '../../lib/testing/index.js';
import { HeaderList, type HeaderInit } from '../../lib/utils/header-list.js';
import { startRuntime } from '../utils/runtime.js';

expect.extend(stompMatchers);

const PRICE: HeaderInit = [
  ['destination', '/topic/prices'],
  ['content-type', 'application/json'],
  ['x-tag', 'a'],
  ['x-tag', 'b'],
  ['x-count', '2'],
];

function frame(body: string | Buffer = '{"amount":42,"unit":"EUR"}', headers: HeaderInit = PRICE): StompFrame {
  return new StompFrame('MESSAGE', HeaderList.from(headers), Buffer.from(body));
}

/** What the failure says. */
function failure(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('The assertion has not failed.');
}

const SHOWN = `The frame:

  MESSAGE
  destination:/topic/prices
  content-type:application/json
  x-tag:a
  x-tag:b
  x-count:2

  {"amount":42,"unit":"EUR"}`;

describe('toBeFrame', () => {
  it('passes for the command, headers and body that are named', () => {
    expect(frame()).toBeFrame('MESSAGE');
    expect(frame()).toBeFrame('MESSAGE', { destination: '/topic/prices', 'x-count': 2, 'x-none': undefined });
    expect(frame()).toBeFrame('MESSAGE', { 'x-tag': 'a' });
    expect(frame()).toBeFrame('MESSAGE', { 'x-tag': ['a', 'b'] });
    expect(frame()).toBeFrame('MESSAGE', { destination: expect.stringMatching(/prices$/) });
    expect(frame()).toBeFrame('MESSAGE', {}, { amount: 42, unit: 'EUR' });
    expect(frame()).toBeFrame('MESSAGE', {}, expect.objectContaining({ amount: 42 }));
  });

  it('fails for another, with all that differs', () => {
    expect(failure(() => expect(frame()).toBeFrame('ERROR'))).toBe(
      `command: expected "ERROR", received "MESSAGE"\n\n${SHOWN}`,
    );
    const headers = { destination: '/topic/x', 'x-tag': ['a'], 'x-none': 'x', 'x-count': undefined };
    expect(failure(() => expect(frame()).toBeFrame('MESSAGE', headers, { amount: 43 }))).toBe(
      [
        'header destination: expected "/topic/x", received "/topic/prices"',
        'header x-tag: expected ["a"], received ["a", "b"]',
        'header x-none: expected "x", received undefined',
        'header x-count: expected undefined, received "2"',
        'body: expected {"amount": 43}, received {"amount": 42, "unit": "EUR"}',
        '',
        SHOWN,
      ].join('\n'),
    );
  });

  it('can be negated', () => {
    expect(frame()).not.toBeFrame('ERROR');
    expect(failure(() => expect(frame()).not.toBeFrame('MESSAGE', { 'x-count': 2 }))).toBe(
      `Expected anything but such a frame.\n\n${SHOWN}`,
    );
  });

  it.each([undefined, null, 'MESSAGE', {}, [frame()], Promise.resolve(frame())])(
    'is not for %p, negated or not',
    (received) => {
      expect(() => expect(received).toBeFrame('MESSAGE')).toThrow('The value is no STOMP frame: ');
      expect(() => expect(received).not.toBeFrame('MESSAGE')).toThrow('The value is no STOMP frame: ');
    },
  );

  it('waits for a promise of a frame', async () => {
    await expect(Promise.resolve(frame())).resolves.toBeFrame('MESSAGE');
  });
});

describe('toHaveFrameHeader', () => {
  it('passes for a header that is there, and for its value', () => {
    expect(frame()).toHaveFrameHeader('x-tag');
    expect(frame()).toHaveFrameHeader('x-tag', 'a');
    expect(frame()).toHaveFrameHeader('x-count', 2);
    expect(frame()).not.toHaveFrameHeader('x-none');
    expect(frame()).not.toHaveFrameHeader('x-tag', 'b');
  });

  it('fails for one that is not', () => {
    expect(failure(() => expect(frame()).toHaveFrameHeader('x-none'))).toContain(
      'There is no header x-none.\n\nThe fr',
    );
    expect(failure(() => expect(frame()).toHaveFrameHeader('x-tag', 'b'))).toContain(
      'header x-tag: expected "b", received "a"',
    );
    expect(failure(() => expect(frame()).not.toHaveFrameHeader('x-tag'))).toContain(
      'Expected anything but a frame with the header x-tag.',
    );
  });
});

describe('toHaveFrameBody', () => {
  const text = (body: string | Buffer, contentType = 'text/plain') => frame(body, { 'content-type': contentType });

  it('takes a string for the text of the body', () => {
    expect(text('hi')).toHaveFrameBody('hi');
    expect(frame()).toHaveFrameBody('{"amount":42,"unit":"EUR"}');
    expect(frame()).not.toHaveFrameBody('{ "amount": 42, "unit": "EUR" }');
    expect(text('')).toHaveFrameBody('');
  });

  it('takes bytes for its octets', () => {
    expect(text(Buffer.from([0, 255]))).toHaveFrameBody(Buffer.from([0, 255]));
    expect(text(Buffer.from([0, 255]))).toHaveFrameBody(new Uint8Array([1, 0, 255]).subarray(1));
    expect(failure(() => expect(text(Buffer.from([0, 255]))).toHaveFrameBody(Buffer.from([0])))).toContain(
      'body: expected [0], received [0, 255]',
    );
  });

  it('takes everything else for what it says', () => {
    expect(frame('[1,2]')).toHaveFrameBody([1, 2]);
    expect(frame('42')).toHaveFrameBody(42);
    expect(frame('null')).toHaveFrameBody(null);
    expect(text('hello')).toHaveFrameBody(expect.stringContaining('ell'));
    expect(text('42')).not.toHaveFrameBody(42);
  });

  it('fails in the same way where the body is no JSON', () => {
    expect(failure(() => expect(frame('{')).toHaveFrameBody({}))).toContain('body: expected {}, received "{"');
  });

  it('shows no more of a long body than its beginning', () => {
    const message = failure(() => expect(frame('x'.repeat(100_000))).toBeFrame('ERROR', {}, 'y'.repeat(100_000)));
    expect(message.length).toBeLessThan(2_000);
    expect(message).toContain('x… (100000 characters)');
  });
});

describe('toReceiveNothing', () => {
  it('passes when the client has been answered and nothing is left', async () => {
    const client = await startRuntime().connect();
    await client.subscribe('/topic/a');
    await client.send('/topic/b', 'hi');
    await expect(client).toReceiveNothing();
  });

  it('fails when something has come, which is still there to be looked at', async () => {
    const client = await startRuntime().connect();
    await client.subscribe('/topic/a');
    client.transmit('SEND', { destination: '/topic/a' }, 'hi');
    await expect(client).not.toReceiveNothing();
    await expect(expect(client).toReceiveNothing()).rejects.toThrow(
      /^Expected no frame, but there is\n\n  MESSAGE\n  destination:\/topic\/a\n.*\n\n  hi$/s,
    );
    expect(client.take()).toHaveLength(1);
  });

  it('is for test clients only', async () => {
    await expect(expect({}).toReceiveNothing()).rejects.toThrow('toReceiveNothing() is for a StompTestClient.');
  });

  it('fails when the session is over', async () => {
    const client: StompTestClient = await startRuntime().connect();
    client.drop();
    await expect(expect(client).toReceiveNothing()).rejects.toThrow('The session was closed');
  });
});
