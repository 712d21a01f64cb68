import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose_gc');

/** All that nothing refers to is gone then: what memory is measured after it is held by somebody. */
export const collectGarbage = runInNewContext('gc') as () => void;

/** Looks at the young generation only; what is found alive twice is old from then on. */
export function collectYoungGarbage(): void {
  (collectGarbage as (options: { type: 'minor' }) => void)({ type: 'minor' });
}

/** The bytes of all buffers that somebody holds. */
export function heldBytes(): number {
  return measure().arrayBuffers;
}

/** The bytes of all objects and buffers that somebody holds. */
export function heldMemory(): number {
  const { heapUsed, arrayBuffers } = measure();
  return heapUsed + arrayBuffers;
}

/** One collection only begins to free buffers, the next waits until that is done. */
function measure(): NodeJS.MemoryUsage {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage();
}
