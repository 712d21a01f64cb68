/** What workers and their primary tell each other, among what the application tells them. */
export interface WorkerMessage {
  readonly nestjsStomp: 'hello' | 'welcome' | 'batch' | 'gone';
  /** With `hello`, a single byte: whether bytes arrive as bytes. */
  readonly bytes?: Uint8Array;
  /** With `hello` and `gone`: what the worker is called in its batches. */
  readonly id?: string;
  /** With `welcome`: whether they do. */
  readonly isBinary?: boolean;
}

export function isWorkerMessage(message: unknown): message is WorkerMessage {
  return typeof message === 'object' && message !== null && 'nestjsStomp' in message;
}
