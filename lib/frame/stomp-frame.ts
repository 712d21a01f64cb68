import type { HeaderList } from '../utils/header-list.js';
import type { StompCommand } from './stomp-command.js';

const EMPTY_BODY: Buffer = Buffer.alloc(0);

/** One frame, as read from the wire or about to be written to it. */
export class StompFrame {
  constructor(
    readonly command: StompCommand,
    readonly headers: HeaderList,
    /** A view of the bytes that came in, not a copy: copy it to keep it longer than the frame's handling takes. */
    readonly body: Buffer = EMPTY_BODY,
  ) {}
}

/** What it costs to keep: frames without a body may have large headers. */
export function sizeOf({ headers, body }: StompFrame): number {
  let size = body.length;
  headers.forEach((name, value) => (size += name.length + value.length));
  return size;
}
