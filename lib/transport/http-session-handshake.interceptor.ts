import type { HandshakeInterceptor, HandshakeRequest } from '../interfaces/endpoint-options.interface.js';

/**
 * Copies the HTTP session to the attributes of the STOMP session (Spring `HttpSessionHandshakeInterceptor`), as it is at the handshake:
 * what changes in one of them later does not change in the other. The HTTP session is what a middleware has put on the request.
 *
 * @example
 * endpoints: [
 *   {
 *     path: '/ws',
 *     middleware: [session({ secret, store })],
 *     handshakeInterceptors: [new HttpSessionHandshakeInterceptor(['cart', 'language'])],
 *   },
 * ];
 */
export class HttpSessionHandshakeInterceptor implements HandshakeInterceptor {
  /** The attribute that has the id of the HTTP session. */
  static readonly HTTP_SESSION_ID = 'HTTP.SESSION.ID';

  /** @param attributeNames what to copy. @default everything */
  constructor(private readonly attributeNames?: readonly string[]) {}

  beforeHandshake({ session, sessionID }: HandshakeRequest, attributes: Map<string, unknown>): void {
    if (!session) return;
    for (const [name, value] of Object.entries(session as object)) {
      if (this.attributeNames?.includes(name) ?? true) attributes.set(name, value);
    }
    const id: unknown = sessionID ?? session.id;
    if (id !== undefined) attributes.set(HttpSessionHandshakeInterceptor.HTTP_SESSION_ID, id);
  }
}
