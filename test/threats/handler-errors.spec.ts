import { Controller, type INestApplication, type LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { concat, of, throwError, type Observable } from 'rxjs';
import { MessageMapping, SendTo, StompModule, StompSessionRegistry } from '../../lib/index.js';
import { heldMemory } from '../utils/collect-garbage.js';
import { ControlPair } from '../utils/control-pair.js';
import { RawStompClient, type RawClientOptions, type RawFrame } from '../utils/raw-stomp-client.js';
import { many, until } from './support/attack.js';

const failure = (): Error => new Error('secret');

@Controller()
class FailingController {
  @MessageMapping('/throws')
  throws(): never {
    throw failure();
  }

  @MessageMapping('/rejects')
  async rejects(): Promise<never> {
    await Promise.resolve();
    throw failure();
  }

  @MessageMapping('/fails')
  fails(): Observable<never> {
    return throwError(failure);
  }

  @MessageMapping('/fails-late')
  @SendTo('/topic/none')
  failsLate(): Observable<string> {
    return concat(of('first'), throwError(failure));
  }
}

const WAYS = ['throws', 'rejects', 'fails', 'fails-late'];
const CLIENTS = 10;
/** Of each client, so that there are 3,000 in a round. */
const FAILURES = 300;
/** Whose errors end their sessions. */
const UNPREPARED = 100;

/** Counts, and holds nothing of what it is told. */
class CountingLogger implements LoggerService {
  errors = 0;
  readonly log = (): void => {};
  readonly warn = this.log;
  readonly debug = this.log;
  readonly error = (): void => void this.errors++;
}

describe('Handlers that fail 3,000 times in a row', () => {
  let app: INestApplication;
  let logger: CountingLogger;

  const connect = async (version = '1.2', headers = '', options?: RawClientOptions): Promise<RawStompClient> => {
    const client = await RawStompClient.open(`${await app.getUrl()}/ws`, options);
    await client.connect(version, headers);
    return client;
  };

  beforeEach(async () => {
    logger = new CountingLogger();
    const module = await Test.createTestingModule({
      imports: [StompModule.forRoot()],
      controllers: [FailingController],
    })
      .setLogger(logger)
      .compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  /** @returns the memory that is held when all are gone */
  const round = async (): Promise<number> => {
    const sessions = app.get(StompSessionRegistry);
    await many(CLIENTS, async () => {
      const client = await connect();
      await client.subscribe('e', '/user/queue/errors');
      const sent = Array.from({ length: FAILURES }, (_, i) => [`${i}`, `/app/${WAYS[i % WAYS.length]}`]);
      for (const [id, to] of sent) client.write(`SEND\ndestination:${to}\ncorrelation-id:${id}\n\nx\0`);
      const answers: RawFrame[] = [];
      while (answers.length < FAILURES) answers.push(await client.next('MESSAGE'));
      expect(answers.map((each) => [each.header('correlation-id'), each.header('failed-destination')])).toEqual(sent);
      expect(new Set(answers.map(({ text }) => text))).toEqual(
        new Set([JSON.stringify({ code: 'INTERNAL_ERROR', message: 'Internal server error' })]),
      );
      await client.settled();
      expect(client.take()).toEqual([]);
      client.terminate();
    });
    await many(UNPREPARED, async (index) => {
      const client = await connect();
      client.write(`SEND\ndestination:/app/${WAYS[index % 3]}\nreceipt:r\n\nx\0`);
      expect((await client.next('ERROR')).header('error-code')).toBe('INTERNAL_ERROR');
      expect(await client.closed).toMatchObject({ code: 1002 });
      expect(client.take()).toEqual([]);
    });
    await until(() => sessions.size === 2);
    return heldMemory();
  };

  it('are answered one by one, harm nobody else, and leave nothing behind', async () => {
    const control = await ControlPair.start({ connect });
    await round();
    const [second, third] = [await round(), await round()];
    // No error with its stack fits into what this leaves to each failure.
    expect(third - second).toBeLessThan(2 ** 20);
    await control.isUnharmed();
    expect(logger.errors).toBe(3 * (CLIENTS * FAILURES + UNPREPARED));
  }, 60_000);
});
