import {
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  Optional,
  Scope,
  UseGuards,
  forwardRef,
  type ExecutionContext,
  type OnModuleDestroy,
  type Provider,
} from '@nestjs/common';
import { ContextIdFactory, ModuleRef, REQUEST, type ContextId, type HostComponentInfo } from '@nestjs/core';
import { SessionScope } from '../../lib/handler/session-scope.js';
import type { StompRequest } from '../../lib/handler/stomp-request.js';
import {
  Message,
  MessageExceptionHandler,
  MessageMapping,
  Principal,
  SendToUser,
  StompControllerAdvice,
  StompEventListener,
  StompSession,
  StompSessionRegistry,
  StompSessionScoped,
} from '../../lib/index.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { collectGarbage } from '../utils/collect-garbage.js';
import { deferred, type Deferred } from '../utils/deferred.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

let log: string[] = [];
let made: WeakRef<Noted>[] = [];
let innerDestroyed = deferred();
let numbers: Record<string, number> = {};
let application: StartedModule;

function numberOf(name: string): string {
  return `${name}${(numbers[name] = (numbers[name] ?? 0) + 1)}`;
}

beforeEach(() => {
  log = [];
  made = [];
  innerDestroyed = deferred();
  numbers = {};
});

afterEach(() => application?.stop());

async function ask(client: StompTestClient, destination: string, payload = ''): Promise<string> {
  client.transmit('SEND', { destination: `/app${destination}` }, payload);
  return nextText(client, '/user/queue/answers');
}

async function connect(name: string): Promise<StompTestClient> {
  const client = await application.connect(name);
  await client.subscribe('/user/queue/answers');
  return client;
}

/** Notes when it is made and destroyed. */
abstract class Noted implements OnModuleDestroy {
  readonly name = numberOf(this.constructor.name);

  constructor() {
    log.push(`+${this.name}`);
    made.push(new WeakRef(this));
  }

  onModuleDestroy(): unknown {
    return log.push(`-${this.name}`);
  }
}

@Injectable()
class Shared extends Noted {}

@StompSessionScoped()
class Inner extends Noted {
  constructor(
    readonly shared: Shared,
    readonly session: StompSession,
  ) {
    super();
  }

  override onModuleDestroy() {
    super.onModuleDestroy();
    innerDestroyed.resolve();
  }
}

@StompSessionScoped()
class Outer extends Noted {
  constructor(readonly inner: Inner) {
    super();
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfMessage extends Noted {
  constructor(
    readonly outer: Outer,
    readonly session: StompSession,
  ) {
    super();
  }
}

@Injectable()
class InnerGuard {
  constructor(private readonly inner: Inner) {}

  canActivate(context: ExecutionContext): boolean {
    const { session } = context.switchToHttp().getRequest<{ session: StompSession }>();
    return this.inner.session === session;
  }
}

@Controller()
class ScopedController extends Noted {
  constructor(private readonly outer: Outer) {
    super();
  }

  @MessageMapping('/names')
  @SendToUser('/queue/answers')
  @UseGuards(InnerGuard)
  names(session: StompSession) {
    const { outer } = this;
    const { inner } = outer;
    return [this.name, outer.name, inner.name, inner.shared.name, inner.session === session].join();
  }

  @MessageMapping('/throw')
  fail() {
    throw new RangeError();
  }
}

@Controller()
class MessageController {
  constructor(
    private readonly ofMessage: OfMessage,
    private readonly inner: Inner,
  ) {}

  @MessageMapping('/message')
  @SendToUser('/queue/answers')
  names(session: StompSession) {
    const { name, outer } = this.ofMessage;
    return [name, outer.name, outer.inner === this.inner, this.ofMessage.session === session].join();
  }

  @MessageMapping('/own')
  own() {
    throw new TypeError();
  }

  @MessageExceptionHandler(TypeError)
  @SendToUser('/queue/answers')
  failed() {
    return `own ${this.ofMessage.outer.name}`;
  }
}

@Controller()
class PlainController {
  @MessageMapping('/plain')
  @SendToUser('/queue/answers')
  plain() {
    return 'plain';
  }
}

@StompControllerAdvice()
@StompSessionScoped()
class Advice {
  constructor(private readonly outer: Outer) {}

  @MessageExceptionHandler(RangeError)
  @SendToUser('/queue/answers')
  failed() {
    return `advice ${this.outer.name}`;
  }
}

const PROVIDERS = [Shared, Inner, Outer, OfMessage, Advice];
const CONTROLLERS = [ScopedController, MessageController, PlainController];

describe('A session-scoped provider', () => {
  const start = async () => (application = await startModule({ controllers: CONTROLLERS, providers: PROVIDERS }));

  it('is made at first use, once for each session, and so is what needs it and nothing shorter-lived', async () => {
    await start();
    expect(log).toEqual(['+Shared1']);
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    expect(await ask(alice, '/plain')).toBe('plain');
    expect(log).toEqual(['+Shared1']);
    for (let i = 0; i < 2; i++) {
      expect(await ask(alice, '/names')).toBe('ScopedController1,Outer1,Inner1,Shared1,true');
      expect(await ask(bob, '/names')).toBe('ScopedController2,Outer2,Inner2,Shared1,true');
    }
  });

  it('is shared by handlers that are made anew for each message, by exception handlers and by advices', async () => {
    await start();
    const alice = await connect('alice');
    expect(await ask(alice, '/message')).toBe('OfMessage1,Outer1,true,true');
    expect(await ask(alice, '/names')).toBe('ScopedController1,Outer1,Inner1,Shared1,true');
    expect(await ask(alice, '/message')).toBe('OfMessage2,Outer1,true,true');
    expect(await ask(alice, '/own')).toBe('own Outer1');
    expect(await ask(alice, '/throw')).toBe('advice Outer1');
  });

  it('is another one for another session of the same user, and after a reconnect', async () => {
    await start();
    for (const number of [1, 2, 3]) {
      const client = await connect('alice');
      expect(await ask(client, '/message')).toBe(`OfMessage${number},Outer${number},true,true`);
      if (number === 1) await client.disconnect();
    }
  });

  it.each<[string, (client: StompTestClient) => unknown]>([
    ['DISCONNECT', (client) => client.disconnect()],
    ['the line is cut', (client) => client.drop()],
    ['the server closes it', () => application.app.get(StompSessionRegistry).closeUser('alice')],
    ['an error closes it', (client) => client.transmit('ACK', { id: 'nothing' })],
  ])('is destroyed once when its session ends by: %s', async (_, end) => {
    await start();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const client of [alice, bob]) await ask(client, '/names');
    log = [];
    await end(alice);
    await alice.closed;
    const of = (session: number): string[] =>
      log.filter((line) => line.endsWith(`${session}`) && !line.includes('Shared'));
    await innerDestroyed.promise;
    expect(of(1)).toEqual(['-ScopedController1', '-Outer1', '-Inner1']);
    expect(of(2)).toEqual([]);
    await application.stop();
    expect(of(2)).toEqual(['-ScopedController2', '-Outer2', '-Inner2']);
    expect(log).toHaveLength(3 + 3 + 1);
  });

  it('is destroyed when the application stops, which waits for it', async () => {
    @StompSessionScoped()
    class Slow {
      async onModuleDestroy() {
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        log.push('destroyed');
      }
    }
    @Injectable()
    class Last {
      onApplicationShutdown() {
        log.push('stopped');
      }
    }
    @Controller()
    class SlowController {
      constructor(readonly slow: Slow) {}

      @MessageMapping('/slow')
      @SendToUser('/queue/answers')
      answer() {
        return 'slow';
      }
    }
    application = await startModule({ controllers: [SlowController], providers: [Slow, Last] });
    await ask(await connect('alice'), '/slow');
    await application.stop();
    expect(log).toEqual(['destroyed', 'stopped']);
  });

  it('that fails to be destroyed, now or later, is logged and keeps no other from it', async () => {
    @StompSessionScoped()
    class Now extends Noted {
      override onModuleDestroy() {
        super.onModuleDestroy();
        throw new Error('now');
      }
    }
    @StompSessionScoped()
    class Later extends Noted {
      constructor(readonly now: Now) {
        super();
      }

      override async onModuleDestroy() {
        super.onModuleDestroy();
        await Promise.reject(new Error('later'));
      }
    }
    @Controller()
    class FailingController {
      constructor(
        readonly later: Later,
        readonly inner: Inner,
      ) {}

      @MessageMapping('/failing')
      @SendToUser('/queue/answers')
      answer() {
        return this.later.now.name;
      }
    }
    application = await startModule({ controllers: [FailingController], providers: [Shared, Inner, Now, Later] });
    const errors: unknown[] = [];
    Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (message: unknown) => void errors.push(message) });
    await ask(await connect('alice'), '/failing');
    log = [];
    await application.stop();
    expect(log.toSorted()).toEqual(['-Inner1', '-Later1', '-Now1', '-Shared1']);
    expect(log.indexOf('-Later1')).toBeLessThan(log.indexOf('-Now1'));
    expect(errors).toEqual(['Later.onModuleDestroy() failed', 'Now.onModuleDestroy() failed']);
  });

  it('that fails to be made is made by the next message', async () => {
    let isBroken = true;

    @StompSessionScoped()
    class Broken extends Noted {
      constructor() {
        if (isBroken) throw new Error('broken');
        super();
      }
    }
    @Controller()
    class BrokenController {
      constructor(readonly broken: Broken) {}

      @MessageMapping('/broken')
      @SendToUser('/queue/answers')
      answer() {
        return this.broken.name;
      }
    }
    application = await startModule({ controllers: [BrokenController], providers: [Broken] });
    const alice = await connect('alice');
    await alice.subscribe('/user/queue/errors');
    alice.transmit('SEND', { destination: '/app/broken' });
    expect(await nextText(alice, '/user/queue/errors')).toContain('INTERNAL_ERROR');
    isBroken = false;
    for (let i = 0; i < 2; i++) expect(await ask(alice, '/broken')).toBe('Broken1');
  });

  it('whose session ends while it is being made is destroyed when it has been, and serves nobody', async () => {
    const begun = deferred();
    const gate = deferred();
    const made: Provider = {
      provide: 'SLOW',
      scope: Scope.REQUEST,
      durable: true,
      inject: [StompSession],
      useFactory: async () => {
        begun.resolve();
        await gate.promise;
        return { onModuleDestroy: () => log.push('destroyed') };
      },
    };
    @Controller()
    class SlowController {
      constructor(@Inject('SLOW') readonly slow: object) {}

      @MessageMapping('/slow')
      handle() {
        log.push('handled');
      }
    }
    application = await startModule({ controllers: [SlowController], providers: [made] });
    const alice = await connect('alice');
    alice.transmit('SEND', { destination: '/app/slow' });
    await begun.promise;
    alice.drop();
    await alice.closed;
    const stopped = application.stop();
    gate.resolve();
    await stopped;
    expect(log).toEqual(['destroyed']);
  });

  it('can be a handler itself, and provided under another name, by a factory and as an alias, and is destroyed once', async () => {
    @StompSessionScoped()
    class Counter extends Noted {
      #count = 0;

      constructor(
        @Inject('MADE') readonly made: { session: StompSession },
        @Inject('ALIAS') readonly alias: Inner,
        @Inject('SAME') readonly same: Inner,
        readonly inner: Inner,
      ) {
        super();
      }

      @MessageMapping('/count')
      @SendToUser('/queue/answers')
      count(user: Principal) {
        return [
          user.name,
          ++this.#count,
          this.made.session.user?.name,
          this.alias === this.inner && this.same === this.inner,
        ].join();
      }
    }
    application = await startModule({
      providers: [
        Shared,
        Inner,
        { provide: 'ALIAS', useExisting: Inner },
        {
          provide: 'SAME',
          scope: Scope.REQUEST,
          durable: true,
          inject: [Inner],
          useFactory: (inner: Inner) => inner,
        },
        { provide: 'COUNTER', useClass: Counter },
        {
          provide: 'MADE',
          scope: Scope.REQUEST,
          durable: true,
          inject: [StompSession],
          useFactory: (session: StompSession) => ({ session, onModuleDestroy: () => log.push('-made') }),
        },
      ],
    });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    expect(await ask(alice, '/count')).toBe('alice,1,alice,true');
    expect(await ask(bob, '/count')).toBe('bob,1,bob,true');
    expect(await ask(alice, '/count')).toBe('alice,2,alice,true');
    log = [];
    await bob.disconnect();
    await application.stop();
    expect(log.toSorted()).toEqual(['-Counter1', '-Counter2', '-Inner1', '-Inner2', '-Shared1', '-made', '-made']);
  });

  it('comes from another module, through one that exports it, into constructors, properties and factories', async () => {
    @Module({ providers: [Shared, Inner], exports: [Inner] })
    class InnerModule {}
    @Module({ imports: [InnerModule], exports: [InnerModule] })
    class BetweenModule {}
    const optional = { token: 'MISSING', optional: true };
    @Controller()
    class FarController {
      @Inject('MADE') private readonly made!: Inner;
      @Optional() @Inject('MISSING') private readonly missing: unknown;

      constructor(private readonly inner: Inner) {}

      @MessageMapping('/far')
      @SendToUser('/queue/answers')
      answer() {
        return [this.inner.name, this.made === this.inner, this.missing].join();
      }
    }
    application = await startModule({
      imports: [BetweenModule],
      controllers: [FarController],
      providers: [
        {
          provide: 'MADE',
          scope: Scope.REQUEST,
          durable: true,
          inject: [optional, Inner],
          useFactory: (_missing: unknown, inner: Inner) => inner,
        },
      ],
    });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (let i = 0; i < 2; i++) {
      expect(await ask(alice, '/far')).toBe('Inner1,true,');
      expect(await ask(bob, '/far')).toBe('Inner2,true,');
    }
  });

  it('may stand in a circle', async () => {
    @StompSessionScoped()
    class First extends Noted {
      constructor(@Inject(forwardRef(() => Second)) readonly second: { name: string; first: unknown }) {
        super();
      }
    }
    @StompSessionScoped()
    class Second extends Noted {
      constructor(@Inject(forwardRef(() => First)) readonly first: First) {
        super();
      }
    }
    @Controller()
    class CircleController {
      constructor(@Inject(forwardRef(() => First)) readonly first: First) {}

      @MessageMapping('/circle')
      @SendToUser('/queue/answers')
      answer() {
        const { first } = this;
        return [first.name, first.second.name, first.second.first === first].join();
      }
    }
    application = await startModule({ controllers: [CircleController], providers: [First, Second] });
    for (const number of [1, 2]) {
      const client = await connect('alice');
      for (let i = 0; i < 2; i++) expect(await ask(client, '/circle')).toBe(`First${number},Second${number},true`);
    }
    log = [];
    await application.stop();
    expect(log.toSorted()).toEqual(['-First1', '-First2', '-Second1', '-Second2']);
  });

  it('leaves nothing in memory when its session is gone', async () => {
    await start();
    const session = async (): Promise<WeakRef<StompSession>> => {
      const client = await connect('alice');
      for (const destination of ['/names', '/message', '/own', '/throw']) await ask(client, destination);
      const [only] = application.app.get(StompSessionRegistry);
      await client.disconnect();
      await client.closed;
      return new WeakRef(only!);
    };
    const sessions = [await session(), await session()];
    await innerDestroyed.promise;
    const left = () => [...made, ...sessions].filter((ref) => ref.deref() !== undefined).length;
    // Shared is what is left.
    for (let round = 0; round < 50 && left() > 1; round++) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    expect(left()).toBe(1);
  });

  it('is made once by messages of many sessions at a time', async () => {
    await start();
    const clients = await Promise.all(Array.from({ length: 50 }, (_, index) => connect(`user${index}`)));
    const answers = await Promise.all(
      clients.flatMap((client) => [ask(client, '/message'), ask(client, '/names'), ask(client, '/names')]),
    );
    expect(answers.every((answer) => answer.includes('true'))).toBe(true);
    expect(numbers).toMatchObject({ Outer: 50, Inner: 50, ScopedController: 50, OfMessage: 50 });
  });

  it('holds nothing but what its class says', async () => {
    await start();
    const alice = await connect('alice');
    await ask(alice, '/names');
    const keys = Reflect.ownKeys(new Outer({} as Inner));
    expect(keys).toEqual(['name', 'inner']);
    expect(Object.keys(Outer.prototype)).toEqual([]);
  });
});

describe('A session-scoped class with handlers', () => {
  it('has request-scoped guards all the same, which know the message', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class MessageGuard extends Noted {
      constructor(@Inject(REQUEST) private readonly request: StompRequest) {
        super();
      }

      canActivate(): boolean {
        return this.request.body === 'please';
      }
    }
    @StompSessionScoped()
    class Guarded extends Noted {
      @MessageMapping('/guarded')
      @SendToUser('/queue/answers')
      @UseGuards(MessageGuard)
      guarded() {
        return this.name;
      }
    }
    application = await startModule({ providers: [Guarded] });
    const alice = await connect('alice');
    await alice.subscribe('/user/queue/errors');
    for (let i = 0; i < 2; i++) {
      expect(await ask(alice, '/guarded', 'please')).toBe('Guarded1');
      alice.transmit('SEND', { destination: '/app/guarded' }, 'now');
      expect(await nextText(alice, '/user/queue/errors')).toContain('Forbidden resource');
    }
    expect(numbers).toEqual({ Guarded: 1, MessageGuard: 4 });
  });
});

describe('What cannot live as long as a session stops the start:', () => {
  const start = async (...providers: Provider[]): Promise<void> => {
    application = await startModule({ providers: [Shared, Inner, ...providers] });
  };

  beforeEach(() => (application = undefined as unknown as StartedModule));

  it('a request-scoped provider within a session-scoped one', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Passing {}
    @StompSessionScoped()
    class Lasting {
      constructor(readonly passing: Passing) {}
    }
    await expect(start(Passing, Lasting)).rejects.toThrow(
      'Lasting lives as long as a session, but needs Passing, which is made anew for each message.',
    );
  });

  it('REQUEST within a session-scoped provider', async () => {
    @StompSessionScoped()
    class Lasting {
      @Inject(REQUEST) readonly request!: unknown;
    }
    await expect(start(Lasting)).rejects.toThrow(
      'Lasting lives as long as a session, but REQUEST is something of one message. Inject StompSession instead.',
    );
  });

  it('a listener to events of a class that lives as long as a session', async () => {
    @StompSessionScoped()
    class Listening {
      @StompEventListener()
      listen() {}
    }
    await expect(start(Listening)).rejects.toThrow('Listening.listen() cannot listen to events');
  });
});

describe('Outside of a session', () => {
  it('a session-scoped provider cannot be made: by an HTTP route, by ModuleRef, by a message from nobody', async () => {
    @StompSessionScoped()
    class Bare {}
    @Controller()
    class MixedController {
      constructor(readonly bare: Bare) {}

      @Get('/http')
      http() {
        return 'never';
      }

      @MessageMapping('/stomp')
      @SendToUser('/queue/answers')
      stomp() {
        return 'here';
      }
    }
    application = await startModule({ controllers: [MixedController], providers: [Bare] });
    const { app } = application;
    await app.listen(0, '127.0.0.1');
    const errors: unknown[] = [];
    Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (error: unknown) => void errors.push(error) });
    const response = await fetch(`${await app.getUrl()}/http`);
    expect(response.status).toBe(500);
    expect(String(errors[0])).toContain('There is no StompSession here');
    await expect(app.get(ModuleRef).resolve(Bare, undefined, { strict: false })).rejects.toThrow(
      'There is no StompSession here',
    );
    const { inbound } = app.get(StompRuntime);
    const handled = async (): Promise<unknown> => inbound.send(Message.to('/app/stomp', new Uint8Array()));
    await expect(handled()).rejects.toThrow('lives as long as a session, but there is none');
    expect(await ask(await connect('alice'), '/stomp')).toBe('here');
  });
});

describe('Next to durable providers of an application', () => {
  interface Tenant {
    readonly tenant: string;
  }

  @Injectable({ scope: Scope.REQUEST, durable: true })
  class TenantData extends Noted {
    constructor(@Inject(REQUEST) readonly request: Tenant) {
      super();
    }
  }

  @StompSessionScoped()
  class Basket extends Noted {
    constructor(
      readonly session: StompSession,
      readonly data: TenantData,
    ) {
      super();
    }
  }

  @Controller()
  class BasketController {
    constructor(
      private readonly basket: Basket,
      private readonly data: TenantData,
    ) {}

    @MessageMapping('/basket')
    @SendToUser('/queue/answers')
    answer(user: Principal) {
      const { basket, data } = this;
      return [basket.name, data.name, basket.data === data, data.request.tenant, user.name].join();
    }
  }

  @Controller()
  class MessageBasketController {
    constructor(
      private readonly basket: Basket,
      private readonly data: TenantData,
      @Inject(REQUEST) private readonly request: Tenant & { session: StompSession },
    ) {}

    @MessageMapping('/message')
    @SendToUser('/queue/answers')
    answer() {
      const { basket, data, request } = this;
      return [basket.name, data.name, data.request.tenant, request.tenant, request.session === basket.session].join();
    }
  }

  @Controller()
  class TenantController {
    constructor(private readonly data: TenantData) {}

    @MessageMapping('/tenant')
    @SendToUser('/queue/answers')
    answer() {
      return this.data.name;
    }
  }

  /** A tenant for each domain of the users' names, as Nest's manual shows it. */
  class ByTenant {
    readonly #contexts = new Map<string, ContextId>();

    attach(contextId: ContextId, request: { user?: { name: string } }) {
      const tenant = request.user!.name.split('@')[1]!;
      const ofTenant = this.#contexts.get(tenant) ?? ContextIdFactory.create();
      this.#contexts.set(tenant, ofTenant);
      return {
        resolve: (info: HostComponentInfo) => (info.isTreeDurable ? ofTenant : contextId),
        payload: { tenant },
      };
    }
  }

  afterEach(() => ContextIdFactory.apply(undefined as never));

  it('each lives as long as it should, and knows whose it is', async () => {
    ContextIdFactory.apply(new ByTenant());
    application = await startModule({
      controllers: [BasketController, MessageBasketController, TenantController],
      providers: [TenantData, Basket],
    });
    const users = ['alice@red', 'bob@red', '小明@blue'];
    const clients = await Promise.all(users.map(connect));
    const answers = async (destination: string): Promise<string[]> => {
      const all: string[] = [];
      for (const client of clients) all.push(await ask(client, destination));
      return all;
    };
    expect(await answers('/message')).toEqual([
      'Basket1,TenantData1,red,red,true',
      'Basket2,TenantData1,red,red,true',
      'Basket3,TenantData2,blue,blue,true',
    ]);
    for (let i = 0; i < 2; i++) {
      expect(await answers('/basket')).toEqual([
        'Basket1,TenantData1,true,red,alice@red',
        'Basket2,TenantData1,true,red,bob@red',
        'Basket3,TenantData2,true,blue,小明@blue',
      ]);
    }
    expect(await answers('/tenant')).toEqual(['TenantData1', 'TenantData1', 'TenantData2']);
    log = [];
    await application.stop();
    expect(log).toEqual(['-Basket1', '-Basket2', '-Basket3']);
  });
});

describe('What is made for a session', () => {
  let scope: SessionScope;
  let gate: Deferred<object>;

  beforeEach(() => {
    scope = new SessionScope(ContextIdFactory.create());
    gate = deferred<object>();
  });

  it('is made once by those who ask at the same time and those who ask later', async () => {
    let count = 0;
    const key = {};
    const make = (): Promise<object> => (count++, gate.promise);
    const asked = [scope.once(key, make), scope.once(key, make)];
    const made = {};
    gate.resolve(made);
    for (const answer of asked) expect(await answer).toBe(made);
    expect(scope.once(key, make)).toBe(made);
    expect(count).toBe(1);
  });

  it('is nothing to those who ask when the session is over, or who still wait for it then', async () => {
    const asked = scope.once({}, () => gate.promise);
    let isOver = false;
    const ended = scope.end().then(() => (isOver = true));
    await expect(async () => scope.once({}, () => Promise.resolve({}))).rejects.toThrow('The session is over.');
    expect(isOver).toBe(false);
    gate.resolve({});
    await expect(asked).rejects.toThrow('The session is over.');
    await ended;
  });
});
