import { StompException } from '../../exceptions/stomp.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import type { HeaderList } from '../../utils/header-list.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';

/**
 * What to add to the RECEIPT; null when there is nothing to confirm, because an interceptor has dropped the frame, or its client has been
 * told of its failure.
 */
export type ReceiptHeaders = HeaderList | void | null;

/**
 * What a frame does to its session. Settles when the frame has taken effect, which is when its RECEIPT goes out.
 * @throws StompException when the frame breaks the protocol
 */
export type ClientCommand = (
  session: StompSession,
  frame: StompFrame,
  context: SessionContext,
) => MaybePromise<ReceiptHeaders>;

/** @throws StompException when the frame lacks a header that the specification requires */
export function required(frame: StompFrame, name: string): string {
  const value = frame.headers.get(name);
  if (value === undefined || value === '') {
    throw new StompException('STOMP_ERR_MISSING_HEADER', `${frame.command} must have the header "${name}".`);
  }
  return value;
}
