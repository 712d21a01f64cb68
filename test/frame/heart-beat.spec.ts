import { negotiateHeartBeat } from '../../lib/frame/heart-beat.js';
import { negotiateVersion } from '../../lib/frame/stomp-version.js';

describe('Heart-beats', () => {
  it.each<[string | undefined, [number, number], number, number]>([
    // client's sx,sy     server's        send   receive
    [undefined, [10_000, 10_000], 0, 0],
    ['0,0', [10_000, 10_000], 0, 0],
    ['10000,10000', [0, 0], 0, 0],
    ['5000,7000', [10_000, 10_000], 10_000, 10_000],
    ['20000,30000', [10_000, 10_000], 30_000, 20_000],
    ['0,30000', [10_000, 10_000], 30_000, 0],
    ['20000,0', [10_000, 10_000], 0, 20_000],
    ['20000,30000', [10_000, 0], 30_000, 0],
    ['1,1', [1, 1], 1, 1],
  ])(
    'of a client that says %p and a server that says %p: send every %i, expect every %i',
    (client, server, send, receive) => {
      expect(negotiateHeartBeat(client, server)).toEqual({ send, receive });
    },
  );

  it('are never longer than a timer of Node can be', () => {
    expect(negotiateHeartBeat('9999999999,4294967296', [1, 1])).toEqual({ send: 2 ** 31 - 1, receive: 2 ** 31 - 1 });
  });

  it.each([
    '',
    ',',
    '1',
    '1,',
    ',1',
    '1,2,3',
    '-1,1',
    '1.5,1',
    '1, 2',
    ' 1,2',
    '1e3,1',
    'NaN,NaN',
    '0x1,1',
    '1,2\n',
    '٣,٣',
    '11111111111,1',
  ])('refuse %j', (header) => {
    expect(() => negotiateHeartBeat(header, [1, 1])).toThrow('must be two numbers of milliseconds');
  });
});

describe('The version', () => {
  it.each([
    [undefined, '1.0'],
    ['1.0', '1.0'],
    ['1.1', '1.1'],
    ['1.2', '1.2'],
    ['1.0,1.1', '1.1'],
    ['1.2,1.1,1.0', '1.2'],
    ['1.1, 1.2', '1.2'],
    ['1.1,10.1', '1.1'],
    ['2.0,1.1', '1.1'],
    ['1.3', undefined],
    ['', undefined],
    [',', undefined],
    ['1.2.0', undefined],
    ['v1.2', undefined],
  ])('for a client that accepts %p is %p', (accepted, version) => {
    expect(negotiateVersion(accepted)).toBe(version);
  });
});
