import { Controller, Logger } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { MessageMapping, SubscribeMapping } from '../../lib/index.js';
import { startModule, type StartedModule } from './support/start-module.js';

/** Whoever reports this error fails himself. */
function unreportable(): WsException {
  return new WsException({
    get code(): string {
      throw new Error('not even its code');
    },
  });
}

@Controller()
class FailingController {
  @MessageMapping('/now')
  now(): void {
    throw unreportable();
  }

  @MessageMapping('/later')
  async later(): Promise<void> {
    await Promise.resolve();
    throw unreportable();
  }

  @SubscribeMapping('/stream')
  async *stream(): AsyncGenerator<string> {
    yield 'first';
    throw unreportable();
  }

  @MessageMapping('/without-reason')
  async withoutReason(): Promise<void> {
    throw new WsException(undefined as never);
  }
}

describe('A failure that nobody has foreseen', () => {
  const logged: unknown[] = [];
  let application: StartedModule;

  beforeAll(async () => {
    application = await startModule({ controllers: [FailingController] });
    Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (message: unknown) => void logged.push(message) });
  });

  afterAll(() => application.stop());

  it.each(['SEND /app/now', 'SEND /app/later', 'SUBSCRIBE /app/stream'])(
    'ends the session that it concerns with 1011, and neither the process nor another session: %s',
    async (what) => {
      const [command, destination] = what.split(' ') as ['SEND' | 'SUBSCRIBE', string];
      const bystander = await application.connect('bob');
      const client = await application.connect('alice');
      await client.subscribe('/user/queue/errors');
      logged.length = 0;
      client.transmit(command, { destination, id: 's' });
      expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_INTERNAL');
      expect(await client.closed).toMatchObject({ code: 1011 });
      expect(logged).toEqual([expect.stringMatching(/^Session [\da-f-]+ failed$/)]);
      await bystander.send('/topic/still', 'here');
    },
  );

  it('tells which frame it has failed with', async () => {
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
    client.transmit('SEND', { destination: '/app/later', receipt: 'r' });
    expect((await client.next('ERROR')).headers.get('receipt-id')).toBe('r');
  });

  it('is not a WsException without a reason', async () => {
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
    client.transmit('SEND', { destination: '/app/without-reason' });
    expect((await client.next('MESSAGE')).headers.get('error-code')).toBe('WS_EXCEPTION');
  });
});
