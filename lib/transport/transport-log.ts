/** Where the transports report what nobody else sees. */
export interface TransportLog {
  debug(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}
