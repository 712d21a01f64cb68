import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseWsExceptionFilter } from '@nestjs/websockets';
import { EXCEPTION_FILTERS_METADATA } from '../handler/nest-internals.js';
import { GATEWAYS_ONLY } from '../handler/nest-contexts.js';
import { StompSession } from '../session/stomp-session.js';
import { hookFailed } from './gateway-hooks.js';

/**
 * Stands behind all filters of a gateway. Nest tells a client of an error that no filter has handled and goes on as if nothing had
 * happened; here it goes on to the session, which answers the frame as failed and gives it no RECEIPT.
 */
@Catch()
class GatewayExceptionFilter extends BaseWsExceptionFilter {
  readonly [GATEWAYS_ONLY] = true;

  override catch(exception: unknown, host: ArgumentsHost): void {
    const [client, , acknowledge] = host.getArgs<unknown[]>();
    if (client instanceof StompSession) {
      if (typeof acknowledge === 'function') throw exception;
      // Only messages come with a function: this is a request-scoped gateway that could not be made for `handleConnection`.
      return hookFailed(client, exception);
    }
    // In the same process the class may serve another application, through another adapter.
    super.catch(exception, host);
  }
}

const FILTER = new GatewayExceptionFilter();

/** Nest asks the filters of a class from the last to the first. To be done before it connects the gateway. */
export function reportUnhandled(gateway: object): void {
  const filters = (Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, gateway) ?? []) as unknown[];
  if (filters.includes(FILTER)) return;
  Reflect.defineMetadata(EXCEPTION_FILTERS_METADATA, [FILTER, ...filters], gateway);
}
