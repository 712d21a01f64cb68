import { DURABLE_ROWS } from './durable-rows.js';
import { ENHANCER_ROWS } from './enhancer-rows.js';
import { EXCEPTION_ROWS } from './exception-rows.js';
import { PARAMETER_PIPE_ROWS } from './parameter-pipe-rows.js';
import type { Row } from './row.js';

/**
 * Every way to declare what Nest runs around a handler: a declared guard that does not run would be a hole. jest runs the rows
 * on the Nest that is installed here, `../matrix.ts` on any other.
 */
export const ROWS: readonly Row[] = [...ENHANCER_ROWS, ...PARAMETER_PIPE_ROWS, ...EXCEPTION_ROWS, ...DURABLE_ROWS];
