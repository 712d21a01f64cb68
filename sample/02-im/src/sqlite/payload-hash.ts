import { createHash } from 'node:crypto';
import type { CommandName, Idempotent } from '../ports/ingest-queue.js';

/** Equal for the same request sent again, from whatever device and in whatever order of keys; where it goes to is compared apart. */
export function payloadHash(name: CommandName, input: Idempotent & { roomId?: string; toUserId?: string }): Buffer {
  const { actor: _actor, clientMsgId: _clientMsgId, roomId: _roomId, toUserId: _toUserId, ...payload } = input;
  return createHash('sha256')
    .update(JSON.stringify([name, payload], sortKeys))
    .digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
