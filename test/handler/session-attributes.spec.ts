import { setTimeout as wait } from 'node:timers/promises';
import {
  Controller,
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
} from '@nestjs/common';
import { from, map, mergeMap, Subject, timer, type Observable } from 'rxjs';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  SendToUser,
  SessionConnectedEvent,
  SessionConnectEvent,
  SessionDisconnectEvent,
  SessionEvent,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
  StompContext,
  StompEventListener,
  StompSessionRegistry,
  StompSessionScoped,
  SubscribeMapping,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { deferred } from '../utils/deferred.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

let shared = new Subject<string>();
let toldOfTheEnd = deferred();
let told: string[] = [];

/** Knows nothing of messages: what it says comes from the attributes of the session that is served (Spring `SimpAttributesContextHolder`). */
@Injectable()
class Names {
  current(): string {
    const attributes = StompContext.current()?.session?.attributes;
    return String(attributes?.get('name'));
  }

  async afterAWhile(): Promise<string> {
    await wait(1);
    await new Promise(setImmediate);
    return this.current();
  }
}

@StompSessionScoped()
class Greeter {
  readonly madeFor: string;

  constructor(private readonly names: Names) {
    this.madeFor = names.current();
  }

  greet(): string {
    return `${this.madeFor} ${this.names.current()}`;
  }
}

@Injectable()
class NamesEnhancer {
  constructor(private readonly names: Names) {}

  async canActivate(): Promise<boolean> {
    StompContext.current()!.session!.attributes.set('guard', await this.names.afterAWhile());
    return true;
  }

  transform(value: string): string {
    return `${value} pipe ${this.names.current()}`;
  }

  intercept(_context: unknown, next: CallHandler<string>) {
    return next.handle().pipe(map((value) => `${value} interceptor ${this.names.current()}`));
  }

  catch() {
    return `filter ${this.names.current()}`;
  }
}

class LateError extends Error {}

@Controller()
class NamesController {
  constructor(
    private readonly names: Names,
    private readonly greeter: Greeter,
  ) {}

  @MessageMapping('/enhanced')
  @SendToUser('/queue/answers')
  @UseGuards(NamesEnhancer)
  @UsePipes(NamesEnhancer)
  @UseInterceptors(NamesEnhancer)
  async enhanced(text: string) {
    const guard = StompContext.current()!.session!.attributes.get('guard');
    return `guard ${String(guard)} ${text} handler ${await this.names.afterAWhile()}`;
  }

  @MessageMapping('/greet')
  @SendToUser('/queue/answers')
  greet() {
    return this.greeter.greet();
  }

  @MessageMapping('/filtered')
  @UseFilters(NamesEnhancer)
  filtered() {
    throw new RangeError();
  }

  @MessageMapping('/late')
  async late() {
    await wait(1);
    throw new LateError();
  }

  @MessageExceptionHandler(LateError)
  @SendToUser('/queue/answers')
  async failed() {
    return `failed ${this.names.current()} ${await this.names.afterAWhile()}`;
  }

  @SubscribeMapping('/iterable')
  async *iterable() {
    for (let i = 0; i < 2; i++) yield this.names.afterAWhile();
  }

  @SubscribeMapping('/observable')
  observable() {
    return timer(1, 1).pipe(map(() => this.names.current()));
  }

  @SubscribeMapping('/promises')
  promises() {
    return from([1, 2]).pipe(mergeMap(() => this.names.afterAWhile()));
  }

  @SubscribeMapping('/failing')
  failing(): Observable<string> {
    return shared;
  }

  @MessageMapping('/break')
  break() {
    shared.error(new LateError());
  }
}

@Injectable()
class Listener {
  constructor(
    private readonly names: Names,
    private readonly sessions: StompSessionRegistry,
  ) {}

  @StompEventListener()
  async listen(event: SessionEvent) {
    // What still comes from the test before is that test's.
    const [lines, end] = [told, toldOfTheEnd];
    const name = this.names.current();
    lines.push(`${event.constructor.name} ${name} ${await this.names.afterAWhile()}`);
    if (event instanceof SessionDisconnectEvent) end.resolve();
  }

  @MessageMapping('/close/{name}')
  close(@DestinationVariable('name') name: string) {
    this.sessions.closeUser(name);
  }
}

describe('The attributes of the session that is served are known', () => {
  let application: StartedModule;
  let alice: StompTestClient;
  let bob: StompTestClient;

  beforeEach(async () => {
    told = [];
    shared = new Subject();
    toldOfTheEnd = deferred();
    application = await startModule({
      controllers: [NamesController],
      providers: [Names, Greeter, Listener],
      stomp: {
        asyncContext: true,
        authenticate: ({ session }) => void session.attributes.set('name', session.user!.name),
      },
    });
    alice = await application.connect('alice');
    bob = await application.connect('bob');
    for (const client of [alice, bob]) await client.subscribe('/user/queue/answers');
  });

  afterEach(() => application.stop());

  it('to guards, pipes, interceptors, handlers and what they call, also after they have waited', async () => {
    for (const client of [alice, bob]) client.transmit('SEND', { destination: '/app/enhanced' }, 'text');
    for (const [client, name] of [
      [alice, 'alice'],
      [bob, 'bob'],
    ] as const) {
      expect(await nextText(client, '/user/queue/answers')).toBe(
        `guard ${name} text pipe ${name} handler ${name} interceptor ${name}`,
      );
    }
  });

  it('to session-scoped providers, when they are made and afterwards', async () => {
    for (let i = 0; i < 2; i++) {
      for (const client of [alice, bob]) client.transmit('SEND', { destination: '/app/greet' });
      expect(await nextText(alice, '/user/queue/answers')).toBe('alice alice');
      expect(await nextText(bob, '/user/queue/answers')).toBe('bob bob');
    }
  });

  it('to filters', async () => {
    await bob.subscribe('/user/queue/errors');
    bob.transmit('SEND', { destination: '/app/filtered' });
    expect(await nextText(bob, '/user/queue/errors')).toBe('filter bob');
  });

  it('to exception handlers', async () => {
    bob.transmit('SEND', { destination: '/app/late' });
    expect(await nextText(bob, '/user/queue/answers')).toBe('failed bob bob');
  });

  it.each(['iterable', 'observable', 'promises'])('to what makes the items of a stream: %s', async (what) => {
    for (const client of [alice, bob]) await client.subscribe(`/app/${what}`);
    for (let i = 0; i < 2; i++) {
      expect(await nextText(alice, `/app/${what}`)).toBe('alice');
      expect(await nextText(bob, `/app/${what}`)).toBe('bob');
    }
  });

  it('to the exception handlers of a stream that fails by what another session does', async () => {
    await alice.subscribe('/app/failing');
    await bob.send('/app/break');
    expect(await nextText(alice, '/user/queue/answers')).toBe('failed alice alice');
  });

  it('to listeners to events, also of a session that another one closes', async () => {
    const id = await alice.subscribe('/topic/a');
    await alice.receipt('UNSUBSCRIBE', { id });
    await bob.send('/app/close/alice');
    await toldOfTheEnd.promise;
    const expected = [
      SessionConnectEvent,
      SessionConnectedEvent,
      SessionSubscribeEvent,
      SessionSubscribeEvent,
      SessionUnsubscribeEvent,
      SessionDisconnectEvent,
    ].map(({ name }) => `${name} alice alice`);
    expect(told.filter((line) => line.includes('alice'))).toEqual(expected);
  });
});
