/** How often a silent connection is looked after, in milliseconds, and for how long it may be silent then. */
const PING_INTERVAL = 5_000;
const SOCKET_TIMEOUT = 12_000;
const LONGEST_PAUSE = 2_000;

/**
 * Options of `createClient()` of the package `redis`. What the application gives has the last word.
 * @param isStarted whether it has been connected once: a first connection that cannot be made is a mistake, or a start too early
 */
export function redisClientOptions(
  { url = 'redis://localhost:6379', client = {} }: { url?: string; client?: Record<string, unknown> },
  isStarted: () => boolean,
): object {
  const { socket, ...others } = client;
  const reconnectStrategy = (retries: number, cause: NodeJS.ErrnoException): number | Error => {
    if (isStarted()) return Math.min(50 * 2 ** retries, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
    // Of several addresses that fail together, only the code tells why.
    return new Error(cause.message || cause.code, { cause });
  };
  return {
    url,
    // What cannot be sent at once is lost, and must be known to be.
    disableOfflineQueue: true,
    pingInterval: PING_INTERVAL,
    ...others,
    socket: { socketTimeout: SOCKET_TIMEOUT, reconnectStrategy, ...(socket as object | undefined) },
  };
}
