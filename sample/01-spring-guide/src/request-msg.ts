export class RequestMsg {
  body!: unknown;
}
