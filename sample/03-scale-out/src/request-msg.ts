export class RequestMsg {
  body!: unknown;
  /** Of a message for one user: who; without it, the sender's own tabs. */
  to?: unknown;
}
