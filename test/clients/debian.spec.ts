import { spawn } from 'node:child_process';
import { requireDebianPackage } from '../utils/debian.js';
import { SocketServer } from '../utils/socket-server.js';
import { TcpBridge } from '../utils/tcp-bridge.js';

describe('A client of another language, through a bridge from TCP', () => {
  let server: SocketServer;
  let bridge: TcpBridge;

  beforeAll(() => {
    for (const name of ['libnet-stomp-perl', 'python3-stomp']) requireDebianPackage(name);
  }, 300_000);

  beforeEach(async () => {
    server = await SocketServer.start({ broker: { queues: ['/queue/work'] } });
    bridge = await TcpBridge.start(server.url);
  });

  afterEach(async () => {
    await bridge.stop();
    await server.stop();
    expect(server.errors).toEqual([]);
  });

  it('finds what it needs: Net::Stomp', async () => {
    expect(await facts('/usr/bin/perl', 'net-stomp.pl', bridge.port)).toEqual({
      connected: 'CONNECTED',
      text: 'Grüße, 日本',
      custom: 'a:b',
      octets: true,
      settled: true,
      transactional: true,
      committed: 'committed',
      again: 'three',
      redelivered: 'true',
      order: 2_000,
    });
  }, 60_000);

  it.each(['1.0', '1.1', '1.2'])(
    'finds what it needs: stomp.py with STOMP %s',
    async (version) => {
      const { octets, ...others } = await facts('/usr/bin/python3', 'stomp-py.py', bridge.port, version);
      expect(octets).toBe(version === '1.0' ? undefined : true);
      expect(others).toEqual({
        version,
        text: true,
        custom: 'a:b',
        early: 0,
        committed: 'committed',
        aborted: 0,
        again: ['three', 'true'],
        order: true,
        goodbye: 'goodbye',
      });
    },
    60_000,
  );
});

/** Runs a script of this folder. @returns what it prints, one line of JSON */
function facts(interpreter: string, script: string, ...args: (string | number)[]): Promise<Record<string, unknown>> {
  const path = new URL(script, import.meta.url).pathname;
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, [path, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaints] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`${script} failed: ${complaints || code}`)),
    );
  });
}
