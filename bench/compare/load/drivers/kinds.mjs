// What a message from the server means to the generator.

/** Heart-beats and the like. */
export const OTHER = 0;
/** A delivery. */
export const DATA = 1;
/** The session is open. */
export const READY = 2;
/** The server has acknowledged the end of the session. */
export const BYE = 3;
/** The server reports an error. */
export const FAILED = 4;
