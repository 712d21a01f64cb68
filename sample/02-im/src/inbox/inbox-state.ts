import type { InboxState } from '../ports/timeline-store.js';

/** The first thing that a subscriber to the inbox is told. */
export interface StateFrame {
  readonly kind: 'state';
  /** After `reset` what the client knows is not enough: it asks for the rooms, and goes on from `since`. */
  readonly mode: 'resume' | 'reset';
  readonly reason?: string;
  readonly epoch: string;
  readonly head: number;
  readonly min: number;
  /** The events after this one follow. */
  readonly since: number;
}

/**
 * Where a client goes on that says how far it has got.
 *
 * @param since a number, `latest`, or `cursor`: what the device has acknowledged, and what is meant when the header is missing
 * @param epoch the one in which it got there, if it knows
 */
export function stateFrame(since: string | undefined, epoch: string | undefined, inbox: InboxState): StateFrame {
  const { head, min } = inbox;
  const state = { kind: 'state', epoch: inbox.epoch, head, min } as const;
  const wanted =
    since === 'latest' ? head : since === undefined || since === 'cursor' ? inbox.acknowledged : Number(since);
  const reason = resetReason(wanted, epoch, inbox);
  return reason === undefined
    ? { ...state, mode: 'resume', since: wanted }
    : { ...state, mode: 'reset', reason, since: head };
}

function resetReason(since: number, epoch: string | undefined, inbox: InboxState): string | undefined {
  if (epoch !== undefined && epoch !== inbox.epoch) return 'another epoch: the server was restored from a backup';
  if (since > inbox.head) return 'since is ahead of the inbox';
  if (since + 1 < inbox.min) return 'since is older than what the inbox still has';
  return undefined;
}
