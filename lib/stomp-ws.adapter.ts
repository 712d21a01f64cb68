import type { INestApplicationContext, Type, WsMessageHandler } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { reportUnhandled } from './gateway/gateway-exception.filter.js';
import { guardHooks } from './gateway/gateway-hooks.js';
import type { StompGatewayServer } from './gateway/stomp-gateway-server.js';
import { StompGateways, type GatewayConnectListener } from './gateway/stomp-gateways.js';
import { GATEWAY_METADATA } from './handler/nest-internals.js';
import type { StompSession } from './session/stomp-session.js';

/**
 * Lets classic gateways (`@WebSocketGateway()`, `@SubscribeMessage()`) speak STOMP: through the sessions, channels and broker of
 * `StompModule`, beside its controllers. An application has one WebSocket adapter, so all of its gateways do.
 *
 * **Messages.** `@SubscribeMessage('/app/x')` and `@SubscribeMessage('x')` are the same: what clients SEND to an application prefix
 * followed by `x`. A destination belongs to one method, be it of a gateway or a controller. Guards, pipes, interceptors and filters
 * are run by Nest's WebSockets module, as with any adapter (it knows no global filters, and before Nest 12 nothing global at all);
 * `@ConnectedSocket()` is the `StompSession`, `@MessageBody()` the payload, converted by its content type. A method without parameter
 * decorators gets the session, the payload and a function as from `@Ack()`.
 *
 * **Answers** go to the session that sent the message and to no other, with the `correlation-id` of the message:
 * - where the `reply-to` header of the message says; if it has none,
 * - `{ event, data }`: `data` goes to `/user/queue/<event>`, or if the event begins with a slash to `/user` + event; the header
 *   `event` names it;
 * - any other value: to `/user/queue/x`, `x` being the mapped destination;
 * - `undefined` and `null`: nothing is sent. Of an `Observable` each item is sent by these rules until the client leaves.
 *
 * What a method gives to the function from `@Ack()` is answered like a value that it returns, and then only `{ event, data }` that it
 * returns is sent beside it. To send to others, use `StompGatewayServer` or `SimpMessagingTemplate`.
 *
 * **Receipts.** A RECEIPT goes out when the method has finished and its answer is sent; of an `Observable`, when it has been
 * returned, or with an interceptor around the method when its first item has been sent. An error that no filter handles fails the
 * frame: it gets no RECEIPT and is reported as for a controller, but `@MessageExceptionHandler` methods are not asked. A filter that
 * extends `BaseWsExceptionFilter` tells a client that has subscribed to `/user/queue/errors` (the option `errorDestination`), with the
 * header `event:exception`.
 *
 * **Clients.** `handleConnection(session, request)` is called when the client is CONNECTED, after `authenticate`;
 * `handleDisconnect(session, closeCode)` once when its session ends (the close code from Nest 12 on); `afterInit(server)` and
 * `@WebSocketServer()` get a `StompGatewayServer`. A `handleConnection` that fails, now or later, ends the session: with
 * `STOMP_ERR_ACCESS_DENIED` and the sentence of one of Nest's exceptions, else with `STOMP_ERR_INTERNAL`. A failure of
 * `handleDisconnect` is logged.
 *
 * Mistakes stop the start: a port or a namespace, a path that is no endpoint of `StompModule`, a destination that two methods have.
 *
 * @example
 * const app = await NestFactory.create(AppModule); // imports StompModule.forRoot()
 * app.useWebSocketAdapter(new StompWsAdapter(app));
 *
 * \@WebSocketGateway()
 * export class PriceGateway {
 *   \@WebSocketServer() server: StompGatewayServer;
 *
 *   \@SubscribeMessage('/app/price')
 *   price(@MessageBody('symbol') symbol: string, @ConnectedSocket() client: StompSession): WsResponse<number> {
 *     return { event: 'price', data: this.prices.of(symbol) }; // to the sender's subscription of /user/queue/price
 *   }
 * }
 */
export class StompWsAdapter extends WsAdapter {
  readonly #gateways: StompGateways;

  /** @throws Error when the application does not import `StompModule`, or when a gateway is a controller too */
  constructor(app: INestApplicationContext) {
    super(app);
    const modules = app.get(ModulesContainer);
    const gateways = gatewaysOf(modules);
    if (!gateways) {
      throw new Error(
        'StompWsAdapter needs StompModule: import StompModule.forRoot() into a module of the application.',
      );
    }
    this.#gateways = gateways;
    for (const gateway of gatewayClassesOf(modules)) {
      reportUnhandled(gateway);
      guardHooks(gateway);
    }
  }

  /** One server for all gateways: `StompModule` serves the endpoints. */
  override create(): StompGatewayServer {
    return this.#gateways.open();
  }

  override bindClientConnect(_server: StompGatewayServer, callback: GatewayConnectListener): void {
    this.#gateways.onConnect(callback);
  }

  override bindMessageHandlers(session: StompSession, handlers: WsMessageHandler[]): void {
    this.#gateways.clientOf(session)?.bind(handlers);
  }

  override bindClientDisconnect(session: StompSession, callback: (closeCode: string) => void): void {
    this.#gateways.clientOf(session)?.onEnd(callback);
  }

  /** `StompModule` closes the sessions, before Nest closes the adapter. */
  override async close(): Promise<void> {}

  /** @throws Error because the option `messageConverters` of `StompModule` is what reads payloads */
  override setMessageParser(): never {
    throw new Error('StompWsAdapter has no message parser: payloads are read by the messageConverters of StompModule.');
  }
}

function gatewaysOf(modules: ModulesContainer): StompGateways | undefined {
  for (const { providers } of modules.values()) {
    const provider = providers.get(StompGateways);
    if (provider) return provider.instance as StompGateways;
  }
  return undefined;
}

function gatewayClassesOf(modules: ModulesContainer): Type[] {
  const all = [...modules.values()];
  const gateways = all
    .flatMap(({ providers }) => [...providers.values()].map(({ metatype }) => metatype))
    .filter((type): type is Type => typeof type === 'function' && Reflect.hasMetadata(GATEWAY_METADATA, type));
  const controller = gateways.find((gateway) => all.some(({ controllers }) => controllers.has(gateway)));
  if (controller) {
    // Errors of its HTTP routes would go the way of a gateway's, and their clients would wait for ever.
    const { name } = controller;
    throw new Error(`${name} is listed as a controller and as a provider. Make two classes of it: one is the gateway.`);
  }
  return gateways;
}
