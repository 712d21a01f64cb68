import type { RequestTarget } from '../messaging/client-requests.js';
import type { SimpMessagingTemplate } from '../messaging/simp-messaging.template.js';
import type { StompSession } from '../session/stomp-session.js';
import type { HeaderInit } from '../utils/header-list.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import { eventDestination, eventUserDestination } from './gateway-destination.js';

/** Sends events to those whom `StompGatewayServer.to()` names. */
export interface StompGatewayEmitter {
  /**
   * @param event a name, which stands for `/user/queue/<name>`, or a destination such as `/queue/x`, with or without `/user` before it
   * @param payload a string as text, bytes as they are, everything else as JSON; none is an empty text
   * @param headers STOMP headers that every receiver gets
   * @throws MessageConversionException when the payload cannot be written
   */
  emit(event: string, payload?: unknown, headers?: HeaderInit): MaybePromise<void>;
}

/**
 * What `@WebSocketServer()` and `afterInit()` of a gateway get from `StompWsAdapter`: `SimpMessagingTemplate` under the names that
 * gateways are used to.
 *
 * @example
 * \@WebSocketServer() server: StompGatewayServer;
 *
 * publish(price: Price) {
 *   this.server.emit('/topic/prices', price);            // to all who SUBSCRIBE to /topic/prices
 *   this.server.to('alice').emit('/queue/alerts', price); // to alice's subscriptions of /user/queue/alerts
 *   this.server.to(client).emit('alerts', price);         // the same destination, of one session
 * }
 */
export class StompGatewayServer {
  constructor(
    /** All sessions that are connected, whatever endpoint they came by. */
    readonly clients: ReadonlySet<StompSession>,
    private readonly template: SimpMessagingTemplate,
  ) {}

  /**
   * Sends an event to all who have subscribed to it (Spring `SimpMessagingTemplate.convertAndSend`). It need not be awaited.
   *
   * @param event a destination such as `/topic/prices`, or a name, which stands for `/topic/<name>`
   * @param payload a string as text, bytes as they are, everything else as JSON; none is an empty text
   * @param headers STOMP headers that every receiver gets
   * @throws MessageConversionException when the payload cannot be written
   */
  emit(event: string, payload: unknown = '', headers?: HeaderInit): MaybePromise<void> {
    return this.template.convertAndSend(eventDestination(event, '/topic'), payload, headers);
  }

  /**
   * Whom to send to: a user by name, at all of their sessions, or one session (Spring `SimpMessagingTemplate.convertAndSendToUser`).
   * What is sent to somebody who is not there is lost.
   */
  to(target: RequestTarget): StompGatewayEmitter {
    const { template } = this;
    const name = typeof target === 'string' ? target : target.id;
    const sessionId = typeof target === 'string' ? undefined : name;
    return {
      emit: (event, payload = '', headers) => {
        const destination = eventUserDestination(event, template.userDestinationPrefix);
        return template.convertAndSendToUser(name, destination, payload, headers, (message) =>
          sessionId === undefined ? message : message.with({ sessionId }),
        );
      },
    };
  }
}
