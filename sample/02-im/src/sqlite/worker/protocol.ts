import type { Refusal } from '../batch.js';

/** From the main thread to a worker. They are answered in any order. */
export interface Request {
  readonly id: number;
  readonly request: unknown;
}

export type Response = { readonly id: number } & ({ readonly result: unknown } | { readonly refusal: Refusal });
