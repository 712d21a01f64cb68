import { inspect } from 'node:util';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import { SessionEvent, SimpMessageHeaderAccessor, type Message } from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';

const SECRET = 'open sesame';

describe('The passcode of a CONNECT', () => {
  const logged: string[] = [];
  const seen: Message[] = [];

  const start = (
    authenticate = ({ passcode }: { passcode: string | undefined }) => {
      if (passcode !== SECRET) throw new Error(`${passcode} is wrong`);
    },
  ): StompRuntime => {
    const note = (...parts: unknown[]): void => void logged.push(inspect(parts, { depth: 10, showHidden: true }));
    const runtime = new StompRuntime(
      resolveOptions({ authenticate }),
      { debug: note, warn: note, error: note },
      () => ({
        code: 'ERROR',
        message: 'failed',
        isUnexpected: true,
      }),
    );
    runtime.intercept('clientInboundChannel', [{ preSend: (message) => (seen.push(message), message) }]);
    runtime.events.subscribe((event) => void (event instanceof SessionEvent && seen.push(event.message)));
    return runtime;
  };

  const connect = (runtime: StompRuntime): Promise<StompTestClient> =>
    StompTestClient.connect(
      { get: () => runtime },
      {
        headers: [
          ['accept-version', '1.2'],
          ['login', 'alice'],
          ['passcode', SECRET],
          ['x-kind', 'app'],
        ],
      },
    );

  beforeEach(() => {
    logged.length = seen.length = 0;
  });

  it('is told to those who ask, and not to those who print the message', async () => {
    const client = await connect(start());
    await client.disconnect();
    const [connectMessage] = seen as [Message];
    const accessor = SimpMessageHeaderAccessor.wrap(connectMessage);
    expect([accessor.login, accessor.passcode]).toEqual(['alice', SECRET]);
    expect([...connectMessage.headers.nativeHeaders]).toEqual([
      ['accept-version', '1.2'],
      ['login', 'alice'],
      ['passcode', 'PROTECTED'],
      ['x-kind', 'app'],
    ]);
    expect(seen.length).toBeGreaterThan(3);
    expect(inspect(seen, { depth: 10, showHidden: true })).not.toContain(SECRET);
    expect(JSON.stringify(seen.map(({ headers }) => [headers.passcode, headers.nativeHeaders]))).not.toContain(SECRET);
  });

  it('is in no line of the log, whether it is accepted or not', async () => {
    const runtime = start();
    await connect(runtime);
    const refusing = start(() => {
      throw new Error('not today');
    });
    await expect(connect(refusing)).rejects.toThrow();
    const broken = StompTestClient.open({ get: () => refusing });
    broken.write(`CONNECT\naccept-version:9\npasscode:${SECRET}\n\n\0`);
    expect((await broken.next('ERROR')).body.toString()).not.toContain(SECRET);
    expect(logged.join('\n')).toContain('not today');
    expect(logged.join('\n')).not.toContain(SECRET);
  });
});
