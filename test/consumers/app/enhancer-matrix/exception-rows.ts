import assert from 'node:assert/strict';
import { Catch, UseFilters, type ExceptionFilter, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MessageExceptionHandler, MessageMapping, Payload, SendToUser } from 'nestjs-stomp';
import { HOST_KINDS, hostDecorator, type HostKind } from './dimensions.js';
import { nextError, nextText, withClient, type Row } from './row.js';

/** Who is asked first about an exception, where several could handle it. */
export const EXCEPTION_ROWS: readonly Row[] = HOST_KINDS.map((hostKind) => ({
  name: `the exception handler, then the filter of the method, the class and the application, on a ${hostKind.hostLifetime} ${hostKind.host}`,
  run: () => run(hostKind),
}));

class OuterError extends Error {}
class ClassError extends OuterError {}
class MethodError extends ClassError {}
class HandledError extends MethodError {}

const ERRORS: Record<string, new () => Error> = { HandledError, MethodError, ClassError, OuterError };

function run(hostKind: HostKind): Promise<void> {
  @hostDecorator(hostKind)
  @UseFilters(filterClass('class', ClassError))
  class Handler {
    @MessageMapping('/throw')
    @UseFilters(filterClass('method', MethodError))
    fail(@Payload() name: string): never {
      throw new ERRORS[name]!();
    }

    @MessageExceptionHandler(HandledError)
    @SendToUser('/queue/handled')
    handled(): string {
      return 'by the exception handler';
    }
  }

  const providers = [{ provide: APP_FILTER, useClass: filterClass('application', OuterError) }];
  const application = {
    host: hostKind.host,
    handler: Handler,
    hasTenants: hostKind.hostLifetime === 'durable',
    providers,
  };
  return withClient(application, async (client) => {
    await client.subscribe('/user/queue/handled');
    for (let i = 0; i < 2; i++) {
      client.transmit('SEND', { destination: '/app/throw' }, 'HandledError');
      assert.equal(await nextText(client, '/user/queue/handled'), 'by the exception handler');
      for (const [name, level] of [
        ['MethodError', 'method'],
        ['ClassError', 'class'],
        ['OuterError', 'application'],
      ]) {
        client.transmit('SEND', { destination: '/app/throw' }, name);
        assert.equal(await nextError(client), `by the filter of the ${level}`);
      }
    }
  });
}

function filterClass(level: string, caught: Type<Error>): Type<ExceptionFilter> {
  @Catch(caught)
  class LevelFilter implements ExceptionFilter {
    catch(): unknown {
      return { message: `by the filter of the ${level}` };
    }
  }
  return LevelFilter;
}
