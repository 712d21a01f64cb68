import { Controller, Injectable, Logger, Scope, type Provider } from '@nestjs/common';
import {
  SessionConnectedEvent,
  SessionConnectEvent,
  SessionDisconnectEvent,
  SessionEvent,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
  SimpUserRegistry,
  StompEventListener,
} from '../../lib/index.js';
import { deferred } from '../utils/deferred.js';
import { startModule } from './support/start-module.js';

const told: string[] = [];
let gone = deferred();

@Injectable()
class Presence {
  constructor(private readonly users: SimpUserRegistry) {}

  @StompEventListener(SessionConnectedEvent, SessionDisconnectEvent)
  presence(event: SessionEvent) {
    told.push(`${event.constructor.name} ${this.users.getUserCount()} ${event.user?.name}`);
    if (event instanceof SessionDisconnectEvent) gone.resolve();
  }
}

@Controller()
class Listening {
  @StompEventListener()
  everything(event: SessionEvent) {
    told.push(`everything ${event.constructor.name}`);
  }

  @StompEventListener()
  subscribed(event: SessionSubscribeEvent) {
    told.push(`subscribed ${event.subscriptionId} ${event.destination}`);
  }

  @StompEventListener(SessionUnsubscribeEvent)
  unsubscribed({ subscriptionId }: SessionUnsubscribeEvent) {
    told.push(`unsubscribed ${subscriptionId}`);
  }
}

class Made {
  @StompEventListener(SessionConnectEvent)
  connect() {
    told.push('made by a factory');
  }
}

@Injectable()
class Failing {
  @StompEventListener(SessionConnectEvent)
  now() {
    throw new Error('now');
  }

  @StompEventListener(SessionConnectEvent)
  async later() {
    await Promise.resolve();
    throw new Error('later');
  }
}

async function startWith(...providers: Provider[]) {
  told.length = 0;
  gone = deferred();
  return startModule({ controllers: [Listening], providers });
}

describe('A listener to events', () => {
  it('is told of its types in the order of registration, when the registry is up to date', async () => {
    const application = await startWith(Presence, { provide: 'made', useFactory: () => new Made() });
    const client = await application.connect('alice');
    const id = await client.subscribe('/topic/a');
    await client.receipt('UNSUBSCRIBE', { id });
    await client.disconnect();
    await gone.promise;
    expect(told).toEqual([
      'everything SessionConnectEvent',
      'made by a factory',
      'everything SessionConnectedEvent',
      'SessionConnectedEvent 1 alice',
      'everything SessionSubscribeEvent',
      `subscribed ${id} /topic/a`,
      'everything SessionUnsubscribeEvent',
      `unsubscribed ${id}`,
      'everything SessionDisconnectEvent',
      'SessionDisconnectEvent 0 alice',
    ]);
    await application.stop();
  });

  it('that fails, now or later, is logged and harms neither the session nor the others', async () => {
    const application = await startWith(Failing, Presence);
    const logged: unknown[] = [];
    const log = { log: () => {}, warn: () => {}, error: (message: unknown) => void logged.push(message) };
    Logger.overrideLogger(log);
    const client = await application.connect('alice');
    await client.subscribe('/topic/a');
    expect(told).toContain('SessionConnectedEvent 1 alice');
    expect(logged).toEqual(['The listener Failing.now() failed', 'The listener Failing.later() failed']);
    await application.stop();
  });

  it('is for classes of events only', () => {
    // @ts-expect-error a Date is no event
    expect(StompEventListener(Date)).toBeDefined();
  });

  it('of a request-scoped class stops the start', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @StompEventListener(SessionConnectEvent)
      listen() {}
    }
    await expect(startWith(Scoped)).rejects.toThrow('Scoped.listen() cannot listen to events');
  });

  it('of a transient class has one instance', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      count = 0;

      @StompEventListener(SessionConnectEvent)
      listen() {
        told.push(`transient ${++this.count}`);
      }
    }
    const application = await startWith(Transient);
    await application.connect();
    await application.connect();
    expect(told.filter((line) => line.startsWith('transient'))).toEqual(['transient 1', 'transient 2']);
    await application.stop();
  });
});
