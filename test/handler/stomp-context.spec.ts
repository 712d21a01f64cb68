import { Controller, Injectable, UseGuards } from '@nestjs/common';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  SendToUser,
  StompContext,
  SubscribeMapping,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { deferred } from '../utils/deferred.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

const gates = new Map([
  ['alice', deferred()],
  ['bob', deferred()],
]);

@Injectable()
class Whose {
  /** Knows nothing of messages but what the context says. */
  message(): string {
    const { user, session, message } = StompContext.current()!;
    return `${user?.name} ${session?.user?.name} ${message.headers.destination}`;
  }
}

@Injectable()
class ContextGuard {
  constructor(private readonly whose: Whose) {}

  canActivate(): boolean {
    return this.whose.message().startsWith('alice');
  }
}

@Controller()
class ContextController {
  constructor(private readonly whose: Whose) {}

  @MessageMapping('/wait/{id}')
  @SendToUser('/queue/answers')
  async wait(@DestinationVariable('id') id: string) {
    await gates.get(id)!.promise;
    return this.whose.message();
  }

  @MessageMapping('/guarded')
  @UseGuards(ContextGuard)
  @SendToUser('/queue/answers')
  guarded() {
    return this.whose.message();
  }

  @MessageMapping('/fail')
  fail() {
    throw new Error();
  }

  @MessageExceptionHandler()
  @SendToUser('/queue/answers')
  failed() {
    return `failed ${this.whose.message()}`;
  }

  @SubscribeMapping('/stream')
  async *stream() {
    yield this.whose.message();
    yield this.whose.message();
  }
}

describe('StompContext.current()', () => {
  let application: StartedModule;
  let alice: StompTestClient;
  let bob: StompTestClient;

  it('says that it is off', async () => {
    const off = await startModule({});
    expect(() => StompContext.current()).toThrow('asyncContext: true');
    await off.stop();
  });

  describe('with the option', () => {
    beforeAll(async () => {
      application = await startModule({
        controllers: [ContextController],
        providers: [Whose],
        stomp: { asyncContext: true },
      });
      alice = await application.connect('alice');
      bob = await application.connect('bob');
      await alice.subscribe('/user/queue/answers');
      await bob.subscribe('/user/queue/answers');
    });

    afterAll(() => application.stop());

    it('is the message that is handled, even if handlers wait for one another', async () => {
      alice.transmit('SEND', { destination: '/app/wait/alice' });
      bob.transmit('SEND', { destination: '/app/wait/bob' });
      gates.get('bob')!.resolve();
      expect(await nextText(bob, '/user/queue/answers')).toBe('bob bob /app/wait/bob');
      gates.get('alice')!.resolve();
      expect(await nextText(alice, '/user/queue/answers')).toBe('alice alice /app/wait/alice');
    });

    it('is known to guards', async () => {
      await alice.send('/app/guarded');
      expect(await nextText(alice, '/user/queue/answers')).toBe('alice alice /app/guarded');
    });

    it('is known to exception handlers', async () => {
      alice.transmit('SEND', { destination: '/app/fail' });
      expect(await nextText(alice, '/user/queue/answers')).toBe('failed alice alice /app/fail');
    });

    it('is known to streams as long as they run, whenever the client wants the next item', async () => {
      const id = await alice.subscribe('/app/stream', { ack: 'client', window: 1 });
      const first = await alice.next('MESSAGE');
      expect(first.body.toString()).toBe('alice alice /app/stream');
      alice.transmit('ACK', { id: first.headers.get('ack') });
      expect((await alice.next('MESSAGE')).body.toString()).toBe('alice alice /app/stream');
      await alice.receipt('UNSUBSCRIBE', { id });
    });

    it('is nothing outside', () => {
      expect(StompContext.current()).toBeUndefined();
    });
  });
});
