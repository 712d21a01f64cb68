/** DISCONNECT: all frames before it have taken effect, so there is nothing left to do but to say so and close. */
export function disconnect(): void {}
