/** Injection token: how often lost hints are made up for, in milliseconds. */
export const SWEEP_INTERVAL = Symbol('SWEEP_INTERVAL');
