export enum StompServerState {
  /** The application has not started yet. */
  Starting = 'Starting',
  Running = 'Running',
  /** Clients are told to go (1001), and new ones are answered 503. */
  Stopping = 'Stopping',
  Stopped = 'Stopped',
}
