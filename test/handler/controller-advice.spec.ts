import { Catch, Controller, Inject, Injectable, Scope, UseFilters, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  DestinationVariable,
  MessageExceptionHandler,
  MessageMapping,
  Principal,
  SendToUser,
  StompControllerAdvice,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

class BusinessError extends Error {}
class NearError extends BusinessError {}
class OwnError extends BusinessError {}
class ScopedError extends Error {}
class LateError extends Error {}
class DeniedError extends Error {}

class NoGuard {
  canActivate(): boolean {
    throw new DeniedError('denied');
  }
}

@Catch()
class LastFilter {
  catch(error: Error) {
    return `filtered ${error.message}`;
  }
}

@Controller()
@UseFilters(LastFilter)
class FailingController {
  @MessageMapping('/throw/{what}')
  fail(@DestinationVariable('what') what: string) {
    throw {
      own: new OwnError('own'),
      business: new BusinessError('business'),
      near: new NearError('near'),
      cause: new RangeError('outer', { cause: new NearError('inner') }),
      scoped: new ScopedError('scoped'),
      late: new LateError('late'),
      unknown: new RangeError('unknown'),
    }[what]!;
  }

  @MessageMapping('/denied')
  @UseGuards(NoGuard)
  denied() {}

  @MessageExceptionHandler(OwnError)
  @SendToUser('/queue/errors')
  own(error: OwnError) {
    return `own ${error.message}`;
  }
}

@Injectable()
class Codes {
  readonly prefix = 'advice';
}

@Injectable()
@StompControllerAdvice()
class Advice {
  constructor(private readonly codes: Codes) {}

  @MessageExceptionHandler(BusinessError)
  @SendToUser('/queue/errors')
  business(error: BusinessError, user: Principal) {
    return `${this.codes.prefix} business ${error.message} ${user.name}`;
  }

  @MessageExceptionHandler(NearError)
  @SendToUser('/queue/errors')
  near(error: NearError) {
    return `${this.codes.prefix} near ${error.message}`;
  }

  @MessageExceptionHandler(LateError)
  async late(error: LateError) {
    await Promise.resolve();
    throw new Error(`advice failed at ${error.message}`);
  }

  @MessageExceptionHandler(DeniedError)
  @SendToUser('/queue/errors')
  denied(error: DeniedError) {
    return `${this.codes.prefix} ${error.message}`;
  }
}

@Injectable({ scope: Scope.REQUEST })
@StompControllerAdvice()
class ScopedAdvice {
  constructor(@Inject(REQUEST) private readonly request: { user: Principal }) {}

  @MessageExceptionHandler(ScopedError, NearError)
  @SendToUser('/queue/errors')
  scoped(error: Error) {
    return `for ${this.request.user.name} ${error.message}`;
  }
}

/** Without the mark its handlers are its own. */
@Injectable()
class NoAdvice {
  @MessageExceptionHandler()
  everything() {
    return 'never';
  }
}

describe('A controller advice', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({
      controllers: [FailingController],
      providers: [NoAdvice, Codes, Advice, ScopedAdvice],
    });
    client = await application.connect('alice');
    await client.subscribe('/user/queue/errors');
  });

  afterAll(() => application.stop());

  it.each([
    ['is asked after the handlers of the class', '/app/throw/own', 'own own'],
    ['handles what the class does not, as its own instance', '/app/throw/business', 'advice business business alice'],
    ['handles by the nearest type', '/app/throw/near', 'advice near near'],
    ['handles by the cause', '/app/throw/cause', 'advice near inner'],
    ['handles what a guard throws', '/app/denied', 'advice denied'],
    ['may be request-scoped, and comes after those registered before', '/app/throw/scoped', 'for alice scoped'],
    ['that fails leaves it to the filters', '/app/throw/late', 'filtered advice failed at late'],
    ['that has no handler leaves it to the filters', '/app/throw/unknown', 'filtered unknown'],
  ])('%s', async (_what, destination, expected) => {
    client.transmit('SEND', { destination });
    expect(await nextText(client, '/user/queue/errors')).toBe(expected);
  });
});
