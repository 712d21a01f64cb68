/**
 * Who a session belongs to (`java.security.Principal`). Anything with a `name` will do: the name is what
 * `convertAndSendToUser` and `user-name` of CONNECTED use; further fields are the application's own.
 */
export interface PrincipalLike {
  readonly name: string;
}
