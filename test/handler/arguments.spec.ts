import {
  Body,
  Controller,
  createParamDecorator,
  DefaultValuePipe,
  Headers as NestHeaders,
  Param,
  ParseIntPipe,
  ValidationPipe,
  type ExecutionContext,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { IsInt, IsString } from 'class-validator';
import {
  DestinationVariable,
  Header,
  Headers,
  MessageMapping,
  Payload,
  Principal,
  SendToUser,
  SessionAttributes,
  SubscribeMapping,
} from '../../lib/decorators/index.js';
import { Message, MessageHeaders } from '../../lib/messaging/message.js';
import { SimpMessageHeaderAccessor } from '../../lib/messaging/simp-message-header-accessor.js';
import { StompSession } from '../../lib/session/stomp-session.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { HeaderList } from '../../lib/utils/header-list.js';
import { startApplication, type TestApplication } from './support/start-application.js';

class Point {
  @IsInt() x!: number;
  @IsString() label!: string;
}

const Ip = createParamDecorator((_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().ip);
const Later = createParamDecorator((data: string) => Promise.resolve(`later ${data}`));
const Upper = { transform: (value: string) => value.toUpperCase() };

/** Each method answers with what it was given. */
@Controller()
@SendToUser('/queue/given')
class ArgumentsController {
  @MessageMapping('/text')
  text(@Payload() value: string) {
    return { value };
  }

  @MessageMapping('/number')
  number(@Payload() value: number) {
    return { value };
  }

  @MessageMapping('/boolean')
  boolean(@Payload() value: boolean) {
    return { value };
  }

  @MessageMapping('/bytes')
  bytes(@Payload() value: Uint8Array) {
    return { value: [...value] };
  }

  @MessageMapping('/list')
  list(@Payload() value: number[]) {
    return { value };
  }

  @MessageMapping('/any')
  any(@Payload() value: unknown) {
    return { value };
  }

  @MessageMapping('/point')
  point(value: Point) {
    return { value };
  }

  @MessageMapping('/field')
  field(@Payload('label', Upper) value: string) {
    return { value };
  }

  @MessageMapping('/optional')
  optional(@Payload({ required: false }) value?: Point) {
    return { value: value ?? 'nothing' };
  }

  @MessageMapping('/default')
  withDefault(@Payload({ required: false }, new DefaultValuePipe('default')) value: string) {
    return { value };
  }

  @MessageMapping('/variables/{id}/{flag}/{name}')
  variables(
    @DestinationVariable('id') id: number,
    @DestinationVariable('flag') flag: boolean,
    @DestinationVariable('name', Upper) name: string,
  ) {
    return { id, flag, name };
  }

  @MessageMapping('/positional/{a}/{b}')
  positional(@DestinationVariable() first: string, @DestinationVariable(ParseIntPipe) second: number) {
    return { first, second };
  }

  @MessageMapping('/header')
  header(@Header('x-number') value: number) {
    return { value };
  }

  @MessageMapping('/headers')
  headers(
    @Header('x-tag') tags: string[],
    @Header('x-missing', { required: false }) missing: string | undefined,
    @Header('x-default', { defaultValue: 'default' }) byDefault: string,
    @Header('x-upper', Upper) upper: string,
  ) {
    return { tags, missing: missing ?? 'nothing', byDefault, upper };
  }

  @MessageMapping('/server-headers')
  serverHeaders(
    @Header('destination') destination: string,
    @Header('user', { required: false }) user: Principal | undefined,
    @Header('nativeHeaders.user') claimed: string,
    @Header('sessionId') sessionId: string,
    session: StompSession,
  ) {
    return { destination, user: user ?? 'nobody', claimed, isOwn: sessionId === session.id };
  }

  @MessageMapping('/all-headers')
  allHeaders(
    @Headers() object: Record<string, string>,
    @Headers() map: Map<string, string>,
    @Headers() list: HeaderList,
    @Headers() headers: MessageHeaders,
  ) {
    return { object: object['x-a'], map: map.get('x-a'), list: list.getAll('x-a'), command: headers.command };
  }

  @MessageMapping('/by-type')
  byType(
    message: Message,
    headers: MessageHeaders,
    accessor: SimpMessageHeaderAccessor,
    session: StompSession,
    user: Principal,
    payload: string,
  ) {
    return {
      message: Buffer.from(message.payload).toString(),
      headers: headers.destination,
      accessor: accessor.getFirstNativeHeader('x-a'),
      session: session.id === message.headers.sessionId,
      user: user.name,
      payload,
    };
  }

  @MessageMapping('/principal')
  principal(@Principal() user: Principal) {
    return { value: user?.name ?? 'nobody' };
  }

  @MessageMapping('/attributes')
  attributes(@SessionAttributes() all: Map<string, unknown>, @SessionAttributes('count') count: number | undefined) {
    all.set('count', (count ?? 0) + 1);
    return { value: all.get('count') };
  }

  @MessageMapping('/nest/{id}')
  nest(
    @MessageBody() body: { a: number },
    @MessageBody('a') a: number,
    @Body() sameBody: { a: number },
    @ConnectedSocket() client: StompSession,
    @NestHeaders('x-a') header: string,
    @NestHeaders() headers: Record<string, string>,
    @Param('id', ParseIntPipe) id: number,
    @Param() params: Record<string, string>,
    @Ip() ip: string,
    @Later('on') later: string,
  ) {
    return {
      body,
      a,
      sameBody,
      client: client instanceof StompSession,
      header,
      headers: headers['x-a'],
      id,
      params: { ...params },
      ip: typeof ip,
      later,
    };
  }

  @MessageMapping('/receipt')
  receipt(accessor: SimpMessageHeaderAccessor) {
    accessor.addReceiptHeader('x-stored-as', '42');
  }

  @SubscribeMapping('/needs-payload')
  needsPayload(@Payload() value: string) {
    return value;
  }
}

describe('The arguments of a handler', () => {
  let application: TestApplication;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [ArgumentsController],
      configure: (app) => app.useGlobalPipes(new ValidationPipe({ transform: true })),
    });
  });

  beforeEach(async () => {
    client = await application.connect('alice');
    await client.subscribe('/user/queue/given');
  });

  afterAll(() => application.stop());

  async function given(destination: string, payload?: unknown, headers?: [string, string][]): Promise<any> {
    await client.send(destination, payload, headers);
    return client.nextBody('/user/queue/given');
  }

  async function error(destination: string, payload: string, headers: Record<string, string> = {}) {
    client.transmit('SEND', { destination, ...headers }, payload);
    return client.nextError();
  }

  it.each([
    ['a string', '/app/text', 'hello', 'hello'],
    ['text that looks like a number, as a string', '/app/text', '42', '42'],
    ['a number', '/app/number', '42', 42],
    ['a boolean', '/app/boolean', 'true', true],
    ['bytes', '/app/bytes', Buffer.from([0, 32, 255]), [0, 32, 255]],
    ['blank bytes', '/app/bytes', Buffer.from('  '), [32, 32]],
    ['an array', '/app/list', [1, 2], [1, 2]],
    ['whatever the JSON is', '/app/any', { a: [1] }, { a: [1] }],
    ['text where nothing is declared', '/app/any', 'hello', 'hello'],
    ['an object of the declared class', '/app/point', { x: 1, label: 'one' }, { x: 1, label: 'one' }],
    ['a field of the payload', '/app/field', { label: 'one' }, 'ONE'],
    ['undefined for an empty payload that may be', '/app/optional', '', 'nothing'],
    ['a payload that may be empty and is not', '/app/optional', { x: 1, label: 'one' }, { x: 1, label: 'one' }],
    ['the default of a pipe', '/app/default', ' ', 'default'],
  ])('can be %s', async (_what, destination, payload, expected) => {
    expect(await given(destination, payload)).toEqual({ value: expected });
  });

  it('are validated by a global ValidationPipe, decorated or not', async () => {
    expect(await error('/app/point', '{"x":"a"}')).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('take variables of the destination, converted to the declared type', async () => {
    expect(await given('/app/variables/7/true/alice')).toEqual({ id: 7, flag: true, name: 'ALICE' });
  });

  it('take variables without a name in the order of the pattern', async () => {
    expect(await given('/app/positional/one/2')).toEqual({ first: 'one', second: 2 });
  });

  it.each([
    ['/app/variables/x/true/a', 'The destination variable "id" must be a number, but it is "x".'],
    ['/app/variables/1/yes/a', 'The destination variable "flag" must be true or false, but it is "yes".'],
  ])('refuse %s with a plain sentence', async (destination, message) => {
    expect(await error(destination, '')).toMatchObject({ code: 'MESSAGE_CONVERSION', message });
  });

  it.each([
    ['an empty payload', ''],
    ['a blank payload', ' \n'],
  ])('refuse %s', async (_what, payload) => {
    expect(await error('/app/text', payload)).toMatchObject({
      code: 'METHOD_ARGUMENT_NOT_VALID',
      message: 'The payload must not be empty.',
    });
  });

  it('refuse a payload that is not of the declared type', async () => {
    expect(await error('/app/point', 'not JSON')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
    expect(await error('/app/number', 'x', { 'content-type': 'text/plain' })).toMatchObject({
      code: 'MESSAGE_CONVERSION',
    });
  });

  it('take a header, converted', async () => {
    expect(await given('/app/header', '', [['x-number', '7']])).toEqual({ value: 7 });
  });

  it('refuse a message without a required header, and one that cannot be converted', async () => {
    expect(await error('/app/header', '')).toMatchObject({
      code: 'MISSING_HEADER',
      message: 'The header "x-number" is required but the message does not have it.',
    });
    expect(await error('/app/header', '', { 'x-number': 'x' })).toMatchObject({ code: 'MESSAGE_CONVERSION' });
  });

  it('take repeated, optional and defaulted headers', async () => {
    const headers: [string, string][] = [
      ['x-tag', 'a'],
      ['x-tag', 'b'],
      ['x-upper', 'up'],
    ];
    expect(await given('/app/headers', '', headers)).toEqual({
      tags: ['a', 'b'],
      missing: 'nothing',
      byDefault: 'default',
      upper: 'UP',
    });
  });

  it('never take for the server’s knowledge what the client claims', async () => {
    client = await application.connect();
    await client.subscribe('/user/queue/given');
    const headers: [string, string][] = [
      ['user', 'root'],
      ['sessionId', 'forged'],
    ];
    expect(await given('/app/server-headers', '', headers)).toEqual({
      destination: '/app/server-headers',
      user: 'nobody',
      claimed: 'root',
      isOwn: true,
    });
  });

  it('take all headers in the declared form', async () => {
    const headers: [string, string][] = [
      ['x-a', '1'],
      ['x-a', '2'],
    ];
    expect(await given('/app/all-headers', '', headers)).toEqual({
      object: '1',
      map: '1',
      list: ['1', '2'],
      command: 'SEND',
    });
  });

  it('resolve by their type without a decorator', async () => {
    expect(await given('/app/by-type', 'text', [['x-a', '1']])).toEqual({
      message: 'text',
      headers: '/app/by-type',
      accessor: '1',
      session: true,
      user: 'alice',
      payload: 'text',
    });
  });

  it('take the principal, which may be missing', async () => {
    expect(await given('/app/principal')).toEqual({ value: 'alice' });
    client = await application.connect();
    await client.subscribe('/user/queue/given');
    expect(await given('/app/principal')).toEqual({ value: 'nobody' });
  });

  it('take session attributes, which last', async () => {
    expect(await given('/app/attributes')).toEqual({ value: 1 });
    expect(await given('/app/attributes')).toEqual({ value: 2 });
  });

  it('come from Nest’s own decorators too', async () => {
    expect(await given('/app/nest/7', { a: 1 }, [['x-a', 'h']])).toEqual({
      body: { a: 1 },
      a: 1,
      sameBody: { a: 1 },
      client: true,
      header: 'h',
      headers: 'h',
      id: 7,
      params: { id: '7' },
      ip: 'string',
      later: 'later on',
    });
  });

  it('let a handler add headers to the RECEIPT', async () => {
    const receipt = await client.send('/app/receipt');
    expect(receipt.headers.get('x-stored-as')).toBe('42');
  });

  it('of a @SubscribeMapping must not need a payload that SUBSCRIBE does not have', async () => {
    client.transmit('SUBSCRIBE', { id: 's', destination: '/app/needs-payload' });
    expect(await client.nextError()).toMatchObject({ code: 'METHOD_ARGUMENT_NOT_VALID' });
  });
});
