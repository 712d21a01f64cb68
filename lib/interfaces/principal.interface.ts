/**
 * Who a session belongs to (`java.security.Principal`). Anything with a `name` will do: the name is what
 * `convertAndSendToUser` and `user-name` of CONNECTED use; further fields are the application's own.
 */
export interface PrincipalLike {
  readonly name: string;
  /**
   * A name that no other user has, where `name` is not unique (Spring `DestinationUserNameProvider`): what `convertAndSendToUser` and
   * `SimpUserRegistry` go by then. `user-name` of CONNECTED stays the `name`. @default name
   */
  readonly destinationUserName?: string;
  /** What `hasRole` and `hasAnyRole` of the security rules look for. */
  readonly roles?: readonly string[];
  /**
   * Until when this may be believed, such as the `exp` of a token times 1,000: a date, or milliseconds since the epoch. Then the session
   * ends with `STOMP_ERR_EXPIRED`, unless `StompSession.renew()` has come before. @default never
   */
  readonly expiresAt?: Date | number;
}
