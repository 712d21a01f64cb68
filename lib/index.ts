export * from './decorators/index.js';
export * from './exceptions/index.js';
export { MessageTimeoutException } from './exceptions/message-timeout.exception.js';
export type * from './interfaces/broker-options.interface.js';
export type * from './interfaces/broker-relay-options.interface.js';
export type * from './interfaces/cluster-options.interface.js';
export type * from './interfaces/endpoint-options.interface.js';
export type * from './interfaces/handshake.interface.js';
export type * from './interfaces/rate-limit-options.interface.js';
export type * from './interfaces/stomp-module-options.interface.js';
export type * from './interfaces/transport-options.interface.js';
export type { HistoryEntry, HistoryPosition, HistoryStore, MemoryHistoryLimits } from './broker/history.js';
export { MemoryHistoryStore } from './broker/history.js';
export type { ClusterBus, ClusterBusListener } from './cluster/cluster-bus.js';
export { StompCluster } from './cluster/stomp-cluster.js';
export { StompGatewayServer, type StompGatewayEmitter } from './gateway/stomp-gateway-server.js';
export { HandlerMethod } from './handler/handler-method.js';
export { StompContext } from './handler/stomp-context.js';
export { BrokerAvailabilityEvent } from './messaging/broker-availability.event.js';
export type { ChannelInterceptor } from './messaging/channel-interceptor.js';
export type { ChannelName, MessageChannel } from './messaging/message-channel.js';
export {
  ByteArrayMessageConverter,
  JsonMessageConverter,
  StringMessageConverter,
  type ContentTypeResolver,
  type MessageConverter,
  type TargetType,
} from './messaging/message-converter.js';
export { Message, MessageHeaders, type MessageCommand } from './messaging/message.js';
export { SimpMessageHeaderAccessor } from './messaging/simp-message-header-accessor.js';
export type { RequestTarget } from './messaging/client-requests.js';
export {
  SimpMessagingTemplate,
  type MessagePostProcessor,
  type RequestOptions,
} from './messaging/simp-messaging.template.js';
export {
  SimpUserRegistry,
  type SimpSession,
  type SimpSubscription,
  type SimpUser,
} from './messaging/simp-user.registry.js';
export type { AckMode, Subscription } from './messaging/subscription.js';
export { MessageAuthorizationManager } from './security/message-authorization.manager.js';
export type { Access, AuthorizationContext, SecuredCommand } from './security/message-security-rules.js';
export { MessageSecurityConstraint, MessageSecurityRules } from './security/message-security-rules.js';
export {
  AuditEvent,
  AuthenticationFailureEvent,
  AuthorizationDeniedEvent,
  HandshakeRefusedEvent,
  ProtocolErrorEvent,
  RateLimitExceededEvent,
  SlowConsumerEvent,
} from './session/audit-events.js';
export type { Authenticate, ConnectRequest, ErrorHandler, ErrorReply } from './session/session-context.js';
export {
  SessionConnectEvent,
  SessionConnectedEvent,
  SessionDisconnectEvent,
  SessionEvent,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
} from './session/session-events.js';
export { StompSessionRegistry } from './session/stomp-session.registry.js';
export { StompSessionState } from './session/stomp-session-state.js';
export { StompSession } from './session/stomp-session.js';
export * from './stats/index.js';
export { StompModule } from './stomp.module.js';
export { StompWsAdapter } from './stomp-ws.adapter.js';
export { HttpSessionHandshakeInterceptor } from './transport/http-session-handshake.interceptor.js';
export { HeaderList, type HeaderInit } from './utils/header-list.js';
