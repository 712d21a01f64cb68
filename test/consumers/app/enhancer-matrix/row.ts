import assert from 'node:assert/strict';
import { Module, type INestApplication, type Provider, type Type } from '@nestjs/common';
import {
  ContextIdFactory,
  NestFactory,
  type ContextId,
  type ContextIdStrategy,
  type HostComponentInfo,
} from '@nestjs/core';
import { StompModule } from 'nestjs-stomp';
import { StompTestClient } from 'nestjs-stomp/testing';
import { Mark, type Host } from './dimensions.js';

/** One combination, tried in an application of its own. */
export interface Row {
  readonly name: string;
  /** @throws Error when a declared enhancer has not run */
  readonly run: () => Promise<void>;
}

interface RowApplication {
  readonly host: Host;
  readonly handler: Type<object>;
  /** Whether durable classes have tenants to live for. */
  readonly hasTenants: boolean;
  /** Enhancers of the whole application. */
  readonly providers?: Provider[];
  readonly configure?: (app: INestApplication) => void;
}

/** Durable classes live as long as their tenant; here each user is one. */
class Tenants implements ContextIdStrategy {
  readonly #contextIds = new Map<string, ContextId>();

  attach(contextId: ContextId, { user }: { user: { name: string } }) {
    const tenant = this.#contextIds.get(user.name) ?? ContextIdFactory.create();
    this.#contextIds.set(user.name, tenant);
    return {
      resolve: ({ isTreeDurable }: HostComponentInfo): ContextId => (isTreeDurable ? tenant : contextId),
      payload: { tenant: user.name },
    };
  }
}

/** Starts an application with one class of handlers; the client must have taken all its messages in the end. */
export async function withClient(
  { host, handler, hasTenants, providers = [], configure }: RowApplication,
  test: (client: StompTestClient, app: INestApplication) => Promise<void>,
): Promise<void> {
  @Module({
    controllers: host === 'controller' ? [handler] : [],
    providers: [Mark, ...handlerProviders(host, handler)],
  })
  class HandlersModule {}

  @Module({ imports: [StompModule.forRoot(), HandlersModule], providers: [Mark, ...providers] })
  class AppModule {}

  ContextIdFactory.apply(hasTenants ? new Tenants() : { attach: () => undefined });
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  configure?.(app);
  await app.init();
  try {
    const client = await StompTestClient.connect(app, { user: { name: 'alice' } });
    await client.subscribe('/user/queue/errors');
    await test(client, app);
    const others = client.take('MESSAGE').map(({ body }) => body.toString());
    assert.deepEqual(others, [], 'messages that nobody expected');
  } finally {
    await app.close();
  }
}

function handlerProviders(host: Host, handler: Type<object>): Provider[] {
  if (host === 'controller') return [];
  return [host === 'provider' ? handler : { provide: 'HANDLER', useClass: handler }];
}

/** The next MESSAGE to a destination, as text. */
export async function nextText(client: StompTestClient, destination: string): Promise<string> {
  const frame = await client.next(
    ({ command, headers }) => command === 'MESSAGE' && headers.get('destination') === destination,
  );
  return frame.body.toString();
}

/** What the client is told of its next error. */
export async function nextError(client: StompTestClient): Promise<string> {
  return (JSON.parse(await nextText(client, '/user/queue/errors')) as { message: string }).message;
}
