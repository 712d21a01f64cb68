import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Logger,
  ValidationPipe,
  type LoggerService,
} from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { IsNotEmpty } from 'class-validator';
import { of, throwError } from 'rxjs';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageHandlingException,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  SubscribeMapping,
} from '../../lib/index.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from '../handler/support/start-application.js';
import { startModule, type StartedModule } from '../handler/support/start-module.js';

/** Keeps what the application logs as errors. */
class ErrorLog implements LoggerService {
  readonly lines: unknown[][] = [];

  error(...line: unknown[]): void {
    this.lines.push(line);
  }

  log(): void {}
  warn(): void {}
}

const circular = new MessageHandlingException('round and round');
(circular as { cause?: unknown }).cause = circular;

/** What JavaScript lets a handler throw, and the code under which the sender hears of it. */
const THROWN: Record<string, [thrown: unknown, code: string]> = {
  'an Error': [new Error('secret of the server'), 'INTERNAL_ERROR'],
  'a string': ['secret of the server', 'INTERNAL_ERROR'],
  null: [null, 'INTERNAL_ERROR'],
  undefined: [undefined, 'INTERNAL_ERROR'],
  'a symbol': [Symbol('secret of the server'), 'INTERNAL_ERROR'],
  'a BigInt': [1n, 'INTERNAL_ERROR'],
  'a function': [() => 'secret of the server', 'INTERNAL_ERROR'],
  'a frozen object': [Object.freeze({ secret: 'secret of the server' }), 'INTERNAL_ERROR'],
  'an object without a prototype': [Object.create(null), 'INTERNAL_ERROR'],
  'an object that claims a constructor': [{ constructor: 'secret of the server' }, 'INTERNAL_ERROR'],
  'an error that is its own cause': [circular, 'MESSAGE_HANDLING'],
  'an HttpException': [new ForbiddenException('not yours'), 'FORBIDDEN'],
  'an HttpException with a BigInt': [new BadRequestException({ id: 1n }), 'BAD_REQUEST'],
  'a WsException': [new WsException('not today'), 'WS_EXCEPTION'],
  'a WsException with a code': [new WsException({ code: 'CLOSED', message: 'closed' }), 'CLOSED'],
  'a WsException with a cycle': [new WsException({ code: 'CYCLE', circular }), 'CYCLE'],
  'a WsException without a reason': [new WsException(null as never), 'WS_EXCEPTION'],
};

@Controller()
class ThrowingController {
  @MessageMapping('/sync/{what}')
  sync(@DestinationVariable('what') what: string) {
    throw THROWN[what]![0];
  }

  @MessageMapping('/async/{what}')
  async later(@DestinationVariable('what') what: string) {
    await Promise.resolve();
    throw THROWN[what]![0];
  }

  @MessageMapping('/stream/{what}')
  stream(@DestinationVariable('what') what: string) {
    return throwError(() => THROWN[what]![0]);
  }

  @SubscribeMapping('/endless/{what}')
  async *late(@DestinationVariable('what') what: string) {
    yield 'begun';
    await Promise.resolve();
    throw THROWN[what]![0];
  }

  @MessageMapping('/unreportable')
  async unreportable() {
    await Promise.resolve();
    throw new WsException({
      get code(): string {
        throw new Error('not even its code');
      },
    });
  }
}

describe('What a handler throws and nobody handles', () => {
  const log = new ErrorLog();
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [ThrowingController] });
    Logger.overrideLogger(log);
  });

  beforeEach(async () => {
    log.lines.length = 0;
    client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
  });

  afterAll(() => application.stop());

  async function reported(destination: string): Promise<StompFrame> {
    client.transmit('SEND', { destination, receipt: 'r-1', 'correlation-id': 'c-1' });
    return client.next('MESSAGE');
  }

  it.each(
    Object.entries(THROWN).flatMap(([what, [, code]]) => ['sync', 'async', 'stream'].map((how) => [what, how, code])),
  )('is told its sender on the error destination: %s (%s)', async (what, how, code) => {
    const { headers, body } = await reported(`/app/${how}/${what}`);
    expect(headers.get('error-code')).toBe(code);
    expect(headers.get('correlation-id')).toBe('c-1');
    expect(headers.get('failed-destination')).toBe(`/app/${how}/${what}`);
    expect(headers.get('failed-receipt')).toBe('r-1');
    expect(JSON.parse(body.toString())).toMatchObject({ code, receiptId: 'r-1' });
    expect(body.toString()).not.toContain('secret');
    await client.send('/topic/the-session-goes-on');
    expect(client.take('RECEIPT')).toEqual([]);
  });

  it('has the details of an HttpException with it', async () => {
    const { body } = await reported('/app/sync/an HttpException');
    expect(JSON.parse(body.toString())).toEqual({
      code: 'FORBIDDEN',
      message: 'not yours',
      details: { statusCode: 403, message: 'not yours', error: 'Forbidden' },
      receiptId: 'r-1',
    });
  });

  it('is logged once, with its stack, if nobody has foreseen it', async () => {
    await reported('/app/async/an Error');
    expect(log.lines).toEqual([
      ['SEND /app/async/an Error failed', expect.stringMatching(/^Error: secret of the server\n +at /), 'StompModule'],
    ]);
  });

  it.each([
    ['a string', "'secret of the server'"],
    ['undefined', 'undefined'],
    ['a function', '[Function (anonymous)]'],
    ['a frozen object', "{ secret: 'secret of the server' }"],
  ])('is logged as what it is: %s', async (what, shown) => {
    await reported(`/app/sync/${what}`);
    expect(log.lines).toEqual([[`SEND /app/sync/${what} failed`, shown, 'StompModule']]);
  });

  it('is not logged as an error if it is the client’s', async () => {
    await reported('/app/sync/a WsException');
    expect(log.lines).toEqual([]);
  });

  it('is told on the subscription if its stream had begun', async () => {
    await client.subscribe('/app/endless/a WsException with a cycle');
    expect((await client.next('MESSAGE')).body.toString()).toBe('begun');
    const { headers } = await client.next('MESSAGE');
    expect(headers.get('error-code')).toBe('CYCLE');
    await client.send('/topic/the-session-goes-on');
  });

  it('is an ERROR frame for a client that does not listen for its errors but wants a RECEIPT', async () => {
    const deaf = await application.connect('bob');
    deaf.transmit('SEND', { destination: '/app/sync/an Error', receipt: 'r-2' });
    const { headers, body } = await deaf.next('ERROR');
    expect(headers.get('code')).toBe('STOMP_ERR_HANDLER');
    expect(headers.get('error-code')).toBe('INTERNAL_ERROR');
    expect(headers.get('receipt-id')).toBe('r-2');
    expect(body.toString()).toBe('Internal server error');
  });

  it('ends the session if it cannot even be looked at, and is logged', async () => {
    client.transmit('SEND', { destination: '/app/unreportable' });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_INTERNAL');
    expect(log.lines).toEqual([
      [expect.stringMatching(/^Session .* failed$/), expect.stringContaining('code'), 'StompModule'],
    ]);
  });
});

describe('The error destination', () => {
  it('is the one that the options name', async () => {
    const stomp = { errorDestination: '/queue/mishaps' };
    const application = await startModule({ controllers: [ThrowingController], stomp });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
    await client.subscribe('/user/queue/mishaps');
    client.transmit('SEND', { destination: '/app/sync/a WsException' });
    expect((await client.next('MESSAGE')).headers.get('destination')).toBe('/user/queue/mishaps');
    await application.stop();
  });
});

class Place {
  @IsNotEmpty() name!: string;
}

class BusinessError extends Error {}
class NearError extends BusinessError {}

@Controller()
class HandlingController {
  @MessageMapping('/fail/{what}')
  fail(@DestinationVariable('what') what: string) {
    throw { near: new NearError('near'), wrapped: new RangeError('outer', { cause: new NearError('inner') }) }[what]!;
  }

  @MessageMapping('/validated')
  validated(@Payload(new ValidationPipe()) _place: Place) {}

  @MessageMapping('/unwritable')
  unwritable() {
    return { big: 1n };
  }

  @MessageExceptionHandler(BusinessError)
  @SendToUser('/queue/handled')
  business(error: BusinessError) {
    return `business ${error.message}`;
  }

  @MessageExceptionHandler()
  @SendToUser('/queue/handled')
  invalid(error: BadRequestException) {
    return error.getResponse();
  }

  @MessageExceptionHandler()
  @SendToUser('/queue/handled')
  @SendTo('/topic/incidents')
  everything(error: unknown) {
    return of(`everything ${(error as Error).message}`, 'that was all');
  }
}

describe('A @MessageExceptionHandler', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [HandlingController] });
  });

  beforeEach(async () => {
    client = await application.connect('alice');
    await client.subscribe('/user/queue/handled');
    await client.subscribe('/topic/incidents');
  });

  afterAll(() => application.stop());

  it('of a base class handles what extends it', async () => {
    client.transmit('SEND', { destination: '/app/fail/near' });
    expect(await nextText(client, '/user/queue/handled')).toBe('business near');
  });

  it('without types handles an exception before another is asked about its cause', async () => {
    client.transmit('SEND', { destination: '/app/fail/wrapped' });
    expect(await nextText(client, '/user/queue/handled')).toBe('everything outer');
  });

  it('handles an argument that is not valid', async () => {
    client.transmit('SEND', { destination: '/app/validated', 'content-type': 'application/json' }, '{"name":""}');
    expect(JSON.parse(await nextText(client, '/user/queue/handled'))).toMatchObject({
      message: ['name should not be empty'],
    });
  });

  it('handles a return value that cannot be written, and may answer with a stream, to users and topics', async () => {
    client.transmit('SEND', { destination: '/app/unwritable' });
    for (const destination of ['/user/queue/handled', '/topic/incidents']) {
      expect(await nextText(client, destination)).toBe('everything The value to send cannot be written as JSON.');
      expect(await nextText(client, destination)).toBe('that was all');
    }
  });
});
