/** The longest head of a WebSocket message (RFC 6455 “Base Framing Protocol”): with room for it a frame need not be copied to get one. */
export const HEADROOM = 10;

/** A frame's bytes, and room for the wrapping that each kind of connection puts around them once for all receivers. */
export class EncodedFrame {
  webSocketFrame: Buffer | undefined = undefined;
  deflatedFrame: Buffer | undefined = undefined;
  sockJsFrame: string | undefined = undefined;
  #bytes: Buffer | undefined = undefined;

  constructor(
    /** Where the frame is, among others. */
    readonly memory: Buffer,
    /** Where it begins. What is directly before it is free for a head that a connection puts there. */
    readonly start: number,
    readonly length: number,
    readonly isText: boolean,
  ) {}

  /** Made when it is asked for: a WebSocket is written the frame with its head. */
  get bytes(): Buffer {
    return (this.#bytes ??= this.memory.subarray(this.start, this.start + this.length));
  }
}

/** The lone EOL that keeps a silent connection alive. */
export const HEART_BEAT = new EncodedFrame(Buffer.from('\n'), 0, 1, true);
