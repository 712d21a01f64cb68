import {
  Controller,
  createParamDecorator,
  Injectable,
  ParseArrayPipe,
  ParseEnumPipe,
  UnauthorizedException,
  ValidationPipe,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, ValidateNested } from 'class-validator';
import {
  DestinationVariable,
  HandlerMethod,
  Header,
  HeaderList,
  Message,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendToUser,
  StompControllerAdvice,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from '../handler/support/start-application.js';
import { startModule, type StartedModule } from '../handler/support/start-module.js';

class Place {
  @IsNotEmpty() name!: string;
}

class Order {
  @IsInt({ groups: ['create', 'change'] }) amount!: number;
  @IsNotEmpty({ groups: ['create'] }) buyer!: string;
}

class Trip {
  @IsInt() days!: number;
  @ValidateNested() @Type(() => Place) to!: Place;
}

/** As an interface there is nothing of it at run time. */
interface TripLike {
  days: number;
}

class Member extends Principal {
  constructor(
    override readonly name: string,
    readonly team: string,
  ) {
    super();
  }
}

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

@Injectable()
class Teams {
  teamOf(name: string): string | undefined {
    return name === 'alice' ? 'blue' : undefined;
  }
}

/** What Spring's `@AuthenticationPrincipal(expression, errorOnInvalidType)` is for. */
@Injectable()
class TeamOfUser implements PipeTransform {
  constructor(private readonly teams: Teams) {}

  transform(user: Principal | undefined): string {
    const team = user && this.teams.teamOf(user.name);
    if (team === undefined) throw new UnauthorizedException('You are in no team.');
    return team;
  }
}

const Destination = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.getArgByIndex<Message>(2).headers.destination!,
);
const Later = createParamDecorator((data: unknown) => Promise.resolve(data));
const LastSegment = { transform: (destination: string) => destination.split('/').at(-1) };

/** Each method answers with what it was given. */
@Controller()
@MessageMapping('/given')
@SendToUser('/queue/given')
class ArgumentsController {
  @MessageMapping('/trip')
  trip(trip: Trip) {
    return { days: trip.days, isTrip: trip instanceof Trip, isPlace: trip.to instanceof Place };
  }

  @MessageMapping('/interface')
  likeTrip(@Payload({ type: Trip }) trip: TripLike) {
    return { days: trip.days, isTrip: trip instanceof Trip };
  }

  @MessageMapping('/places')
  places(@Payload(new ParseArrayPipe({ items: Place })) places: Place[]) {
    return places.map((place) => [place.name, place instanceof Place]);
  }

  @MessageMapping('/message')
  message(@Payload({ type: Place }) message: Message<Place>, raw: Message, @Payload() payload: Place) {
    return {
      name: message.payload.name,
      kind: message.headers.nativeHeaders.get('x-kind'),
      bytes: raw.payload.length,
      same: payload.name === message.payload.name,
    };
  }

  @MessageMapping('/member')
  member(member: Member) {
    return { team: member?.team ?? 'none' };
  }

  @MessageMapping('/team')
  team(@Principal(TeamOfUser) team: string) {
    return { team };
  }

  @MessageMapping('/custom/{name}')
  custom(
    @Destination(LastSegment) last: string,
    @Later('ready', { transform: (value: string) => value.toUpperCase() }) later: string,
  ) {
    return { last, later };
  }

  @MessageMapping('/validated-custom')
  validatedCustom(@Later({ name: '' }, new ValidationPipe({ validateCustomDecorators: true })) place: Place) {
    return place;
  }

  @MessageMapping('/long/{id}')
  long(@DestinationVariable('id') id: bigint) {
    return { id: String(id) };
  }

  @MessageMapping('/number/{n}')
  number(@DestinationVariable('n') n: number) {
    return { n };
  }

  @MessageMapping('/colour/{colour}')
  colour(@DestinationVariable('colour', new ParseEnumPipe(Colour)) colour: Colour) {
    return { colour };
  }

  @MessageMapping('/text/{text}')
  text(@DestinationVariable('text') text: string) {
    return { text };
  }

  @MessageMapping('/known/{x}')
  known(
    @Header('lookupDestination') lookup: string,
    @Header('stompCommand') command: string,
    @Header('simpDestination') destination: string,
    @Header('contentType') type: string,
    @Header('content-type') nativeType: string,
    @Header('nativeHeaders') all: HeaderList,
    @Header('nativeHeaders.lookupDestination') claimed: string,
    @Header('x-tag') first: string,
  ) {
    return { lookup, command, destination, type, nativeType, tags: all.getAll('x-tag'), claimed, first };
  }

  @MessageMapping('/default-values')
  defaultValues(
    @Payload({ required: false }) text: string = 'no text',
    @Header('x-limit', { required: false }) limit: number = 20,
    @Principal() user: { name: string } = { name: 'nobody' },
  ) {
    return { text, limit, user: user.name };
  }

  @MessageMapping('/rest')
  rest(...values: unknown[]) {
    return values;
  }
}

/** Without a pipe for the whole application, which would validate all groups. */
@Controller()
@SendToUser('/queue/given')
class GroupsController {
  @MessageMapping('/create')
  create(@Payload(new ValidationPipe({ groups: ['create'] })) order: Order) {
    return order;
  }

  @MessageMapping('/change')
  change(@Payload(new ValidationPipe({ groups: ['change'] })) order: Order) {
    return order;
  }
}

describe('The arguments of a handler', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({
      controllers: [ArgumentsController],
      providers: [Teams, { provide: APP_PIPE, useValue: new ValidationPipe({ transform: true }) }],
      stomp: { authenticate: ({ login }) => (login === undefined ? undefined : new Member(login, `team of ${login}`)) },
    });
  });

  beforeEach(async () => {
    client = await connect({ login: 'alice' });
  });

  afterAll(() => application.stop());

  async function connect(headers: Record<string, string>): Promise<StompTestClient> {
    const connected = await application.connect(undefined, { headers: { 'accept-version': '1.2', ...headers } });
    await connected.subscribe('/user/queue/given');
    await connected.subscribe('/user/queue/errors');
    return connected;
  }

  async function given(destination: string, payload?: unknown, headers?: Record<string, string>): Promise<unknown> {
    await client.send(destination, payload, headers);
    return JSON.parse(await nextText(client, '/user/queue/given'));
  }

  async function refused(destination: string, payload: unknown = ''): Promise<unknown> {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    client.transmit('SEND', { destination }, body);
    return JSON.parse(await nextText(client, '/user/queue/errors'));
  }

  it('are made of their classes by a ValidationPipe that transforms', async () => {
    expect(await given('/app/given/trip', { days: 3, to: { name: 'Oslo' } })).toEqual({
      days: 3,
      isTrip: true,
      isPlace: true,
    });
  });

  it('that are not valid are refused with errors that the client can read', async () => {
    expect(await refused('/app/given/trip', { days: 'three', to: { name: '' } })).toEqual({
      code: 'BAD_REQUEST',
      message: 'Bad Request Exception',
      details: {
        statusCode: 400,
        error: 'Bad Request',
        message: ['days must be an integer number', 'to.name should not be empty'],
      },
    });
  });

  it('are validated as the class that @Payload names, where an interface is declared', async () => {
    expect(await given('/app/given/interface', { days: 3, to: { name: 'Oslo' } })).toEqual({ days: 3, isTrip: true });
    expect(await refused('/app/given/interface', { days: 'three', to: { name: 'Oslo' } })).toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(await refused('/app/given/interface', '[')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
  });

  it('may be lists whose items a pipe names', async () => {
    expect(await given('/app/given/places', [{ name: 'Oslo' }, { name: 'Bergen' }])).toEqual([
      ['Oslo', true],
      ['Bergen', true],
    ]);
    expect(await refused('/app/given/places', [{ name: 'Oslo' }, {}])).toMatchObject({
      code: 'BAD_REQUEST',
      details: { message: ['name should not be empty'] },
    });
  });

  it('may be a Message, with the payload converted to the class that @Payload names, or as bytes', async () => {
    expect(await given('/app/given/message', { name: 'Oslo' }, { 'x-kind': 'city' })).toEqual({
      name: 'Oslo',
      kind: 'city',
      bytes: 15,
      same: true,
    });
    expect(await refused('/app/given/message', '"Oslo"')).toMatchObject({ code: 'MESSAGE_CONVERSION' });
    expect(await refused('/app/given/message')).toMatchObject({ code: 'METHOD_ARGUMENT_NOT_VALID' });
  });

  it('are the user for a parameter of a class that extends Principal, whatever the payload claims', async () => {
    expect(await given('/app/given/member', { name: 'root', team: 'root' })).toEqual({ team: 'team of alice' });
    client = await connect({});
    expect(await given('/app/given/member', { name: 'root', team: 'root' })).toEqual({ team: 'none' });
  });

  it('may be what a pipe knows of the user, or refuses it', async () => {
    expect(await given('/app/given/team')).toEqual({ team: 'blue' });
    client = await connect({ login: 'bob' });
    expect(await refused('/app/given/team')).toMatchObject({ code: 'UNAUTHORIZED', message: 'You are in no team.' });
  });

  it('come from decorators of the application’s own, awaited and through pipes', async () => {
    expect(await given('/app/given/custom/last')).toEqual({ last: 'last', later: 'READY' });
    expect(await refused('/app/given/validated-custom')).toMatchObject({
      details: { message: ['name should not be empty'] },
    });
  });

  it.each([
    ['/app/given/long/9007199254740993', { id: '9007199254740993' }],
    ['/app/given/long/-1', { id: '-1' }],
    ['/app/given/number/1e3', { n: 1_000 }],
    ['/app/given/colour/blue', { colour: 'blue' }],
    ['/app/given/text/小明 😀', { text: '小明 😀' }],
    ['/app/given/text/a%2Fb', { text: 'a%2Fb' }],
    ['/app/given/text/{text}', { text: '{text}' }],
    ['/app/given/text/**', { text: '**' }],
    ['/app/given/text/ ', { text: ' ' }],
  ])(
    'take variables of the destination as they are written, converted to the declared type: %s',
    async (to, expected) => {
      expect(await given(to)).toEqual(expected);
    },
  );

  it('take long variables, and quote them shortened when they refuse them', async () => {
    const long = 'x'.repeat(8_000);
    expect(await given(`/app/given/text/${long}`)).toEqual({ text: long });
    expect(await refused(`/app/given/number/${long}`)).toMatchObject({
      message: `The destination variable "n" must be a number, but it is "${'x'.repeat(40)}…".`,
    });
  });

  it.each([
    [
      '/app/given/long/1.5',
      'MESSAGE_CONVERSION',
      'The destination variable "id" must be a whole number, but it is "1.5".',
    ],
    [
      '/app/given/long/0x10',
      'MESSAGE_CONVERSION',
      'The destination variable "id" must be a whole number, but it is "0x10".',
    ],
    [
      '/app/given/number/Infinity',
      'MESSAGE_CONVERSION',
      'The destination variable "n" must be a number, but it is "Infinity".',
    ],
    ['/app/given/number/ ', 'MESSAGE_CONVERSION', 'The destination variable "n" must be a number, but it is " ".'],
    ['/app/given/colour/green', 'BAD_REQUEST', 'Validation failed (enum string is expected)'],
  ])('refuse a variable that is not of the declared type: %s', async (to, code, message) => {
    expect(await refused(to)).toMatchObject({ code, message });
  });

  it('take what the server knows before what a client claims under the same name, and the first of repeated headers', async () => {
    const headers = [
      ['content-type', 'text/plain'],
      ['lookupDestination', 'claimed'],
      ['stompCommand', 'claimed'],
      ['simpDestination', 'claimed'],
      ['contentType', 'claimed'],
      ['nativeHeaders', 'claimed'],
      ['x-tag', 'a'],
      ['x-tag', 'b'],
    ] as const;
    await client.send('/app/given/known/x', 'text', headers);
    expect(JSON.parse(await nextText(client, '/user/queue/given'))).toEqual({
      lookup: '/given/known/x',
      command: 'SEND',
      destination: '/app/given/known/x',
      type: 'text/plain',
      nativeType: 'text/plain',
      tags: ['a', 'b'],
      claimed: 'claimed',
      first: 'a',
    });
  });

  it('leave the default values of parameters in place where they may be missing', async () => {
    client = await connect({});
    expect(await given('/app/given/default-values')).toEqual({ text: 'no text', limit: 20, user: 'nobody' });
    expect(await given('/app/given/default-values', 'text', { 'x-limit': '5' })).toEqual({
      text: 'text',
      limit: 5,
      user: 'nobody',
    });
  });

  it('are one payload for a rest parameter', async () => {
    expect(await given('/app/given/rest', [1, 2])).toEqual([[1, 2]]);
  });
});

describe('An argument with a ValidationPipe of its own', () => {
  it('is validated by the groups that it names', async () => {
    const application = await startModule({ controllers: [GroupsController] });
    const client = await application.connect('alice');
    for (const name of ['given', 'errors']) await client.subscribe(`/user/queue/${name}`);
    await client.send('/app/change', { amount: 1 });
    expect(await nextText(client, '/user/queue/given')).toBe('{"amount":1}');
    client.transmit('SEND', { destination: '/app/create' }, '{"amount":1}');
    expect(JSON.parse(await nextText(client, '/user/queue/errors'))).toMatchObject({
      code: 'BAD_REQUEST',
      details: { message: ['buyer should not be empty'] },
    });
    await application.stop();
  });
});

describe('A parameter that nothing explains', () => {
  it('is the payload, if it is the only one', async () => {
    @Controller()
    class Untyped {
      echo(payload: unknown) {
        return payload;
      }
    }
    decorate(Untyped, 'echo', MessageMapping('/echo'));
    const application = await startModule({ controllers: [Untyped] });
    const client = await application.connect('alice');
    await client.subscribe('/topic/echo');
    await client.send('/app/echo', { a: 1 });
    expect(await nextText(client, '/topic/echo')).toBe('{"a":1}');
    await application.stop();
  });

  @Controller()
  class UnionController {
    @MessageMapping('/x')
    say(_text: string, _user: Principal | undefined) {}
  }

  @Controller()
  class BesidePayload {
    @MessageMapping('/x')
    say(_user: Principal | null, @Payload() _text: string) {}
  }

  @Controller()
  class WithoutTypes {
    say(_payload: unknown, _user: unknown) {}
  }
  decorate(WithoutTypes, 'say', MessageMapping('/x'));

  @Controller()
  class ExceptionController {
    @MessageMapping('/x')
    say() {}

    @MessageExceptionHandler()
    failed(_error: Error, _user: Principal | undefined) {}
  }

  it.each([
    [
      'a union beside a type',
      UnionController,
      'parameter 2 of UnionController.say() is: it has no decorator',
      'payload is parameter 1',
    ],
    [
      'a union beside @Payload',
      BesidePayload,
      'parameter 1 of BesidePayload.say() is: it has no',
      'payload is parameter 2 already',
    ],
    [
      'two without types',
      WithoutTypes,
      'parameter 1 of WithoutTypes.say() is: it has no',
      'payload is parameter 2 already',
    ],
    [
      'a union in an exception handler',
      ExceptionController,
      'parameter 2 of ExceptionController.failed()',
      'exception is parameter 1',
    ],
  ])('stops the start if another is the same already: %s', async (_what, controller, what, why) => {
    const started = startModule({ controllers: [controller] });
    await expect(started).rejects.toThrow(what);
    await expect(started).rejects.toThrow(why);
  });
});

describe('The arguments of an exception handler', () => {
  class InnerError extends Error {}

  @Controller()
  class FailingController {
    @MessageMapping('/fail/{what}')
    fail(@DestinationVariable('what') what: string) {
      throw new RangeError('outer', { cause: new InnerError(what) });
    }
  }

  @Injectable()
  @StompControllerAdvice()
  class Advice {
    @MessageExceptionHandler(RangeError)
    @SendToUser('/queue/handled')
    failed(
      outer: RangeError,
      inner: InnerError,
      method: HandlerMethod,
      message: Message,
      user: Principal,
      @DestinationVariable('what') what: string,
      @Destination() destination: string,
      @Header('x-a') header: string,
    ) {
      return {
        outer: outer.message,
        inner: inner.message,
        method: [method.classRef === FailingController, method.name, String(method)],
        message: message.headers.command,
        user: user.name,
        what,
        destination,
        header,
      };
    }
  }

  it('are the exception, its cause, the method that failed, and all that a handler’s can be', async () => {
    const application = await startModule({ controllers: [FailingController], providers: [Advice] });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue/handled');
    client.transmit('SEND', { destination: '/app/fail/it', 'x-a': 'a' });
    expect(JSON.parse(await nextText(client, '/user/queue/handled'))).toEqual({
      outer: 'outer',
      inner: 'it',
      method: [true, 'fail', 'FailingController.fail()'],
      message: 'SEND',
      user: 'alice',
      what: 'it',
      destination: '/app/fail/it',
      header: 'a',
    });
    await application.stop();
  });
});

/** As JavaScript does it, which tells no types. */
function decorate(classRef: { prototype: object }, name: string, decorator: MethodDecorator): void {
  decorator(classRef.prototype, name, Object.getOwnPropertyDescriptor(classRef.prototype, name)!);
}
