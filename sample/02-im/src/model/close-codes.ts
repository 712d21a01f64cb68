/** A device that was revoked: log in again. */
export const CLOSE_REVOKED = 4403;
