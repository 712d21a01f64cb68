/**
 * What a gateway calls an event, as a destination: a name stands behind `prefix`, a text that begins with a slash is a destination.
 *
 * @param prefix `/topic` for all, `/queue` for one user
 */
export function eventDestination(event: string, prefix: string): string {
  return event.startsWith('/') ? event : `${prefix}/${event}`;
}

/**
 * The same behind the user prefix, which may be written or not.
 *
 * @param userPrefix with a trailing slash
 */
export function eventUserDestination(event: string, userPrefix: string): string {
  return eventDestination(event.startsWith(userPrefix) ? event.slice(userPrefix.length - 1) : event, '/queue');
}
