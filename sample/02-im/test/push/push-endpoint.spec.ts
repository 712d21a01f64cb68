import { promisify } from 'node:util';
import { isPublicAddress } from '../../src/push/address-guard.js';
import { PushEndpoints } from '../../src/push/push-endpoint.js';

const endpoints = new PushEndpoints({ hosts: [], allowsLoopback: false });

describe('An address', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'not an address',
  ])('%s is none of a push service', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::200e'])(
    '%s may be one of a push service',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

describe('An endpoint', () => {
  it.each([
    ['http://push.example/1', 'must be an https: URL'],
    ['file:///etc/passwd', 'must be an https: URL'],
    ['push.example/1', 'must be an https: URL'],
    ['https://user:secret@push.example/1', 'without a user'],
    ['https://127.0.0.1/1', 'not on the Internet'],
    ['https://127.1/1', 'not on the Internet'],
    ['https://2130706433/1', 'not on the Internet'],
    ['https://0x7f.0.0.1/1', 'not on the Internet'],
    ['https://0177.0.0.1/1', 'not on the Internet'],
    ['https://[::1]/1', 'not on the Internet'],
    ['https://[::ffff:7f00:1]/1', 'not on the Internet'],
    ['https://[fd00::1]:8443/1', 'not on the Internet'],
    ['https://localhost/1', 'not on the Internet'],
  ])('%s is refused', async (endpoint, reason) => {
    await expect(endpoints.check(endpoint)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(reason),
    });
  });

  it('at a public address is taken, and one whose name nobody knows now', async () => {
    await endpoints.check('https://8.8.8.8/1');
    await endpoints.check('https://push.invalid/1');
  });

  it('is of one of the hosts that are named, if some are', async () => {
    const few = new PushEndpoints({ hosts: ['push.example', 'other.example'], allowsLoopback: false });
    for (const host of ['push.example', 'eu.push.example', 'other.example']) few.parse(`https://${host}/1`);
    for (const host of ['badpush.example', 'push.example.evil.example', 'example']) {
      expect(() => few.parse(`https://${host}/1`)).toThrow('no push service that is used here');
    }
  });

  it('on this machine is taken where tests ask for it, and there only', async () => {
    const local = new PushEndpoints({ hosts: [], allowsLoopback: true });
    for (const endpoint of ['http://127.0.0.1:8080/1', 'http://localhost/1', 'https://[::1]/1'])
      await local.check(endpoint);
    await expect(local.check('https://10.0.0.1/1')).rejects.toThrow('not on the Internet');
  });
});

describe('The look-up of a connection', () => {
  const lookup = promisify((name: string, all: boolean, answer: (error: Error | null, addresses?: unknown) => void) =>
    endpoints.lookup(name, { all }, answer),
  );

  // A name may lead elsewhere than when it was checked.
  it.each([true, false])('does not lead to our own network (all: %s)', async (all) => {
    await expect(lookup('localhost', all)).rejects.toThrow('localhost is not on the Internet');
  });
});
