import type { Duplex } from 'node:stream';

/** What waits for the end of the current turn of the event loop. */
export interface TurnEndListener {
  onTurnEnd(): void;
}

let waiting: TurnEndListener[] = [];

/** Calls the listener once when all events of this turn have been handled: one `setImmediate` for all connections. */
export function atTurnEnd(listener: TurnEndListener): void {
  if (waiting.push(listener) === 1) setImmediate(endTurn);
}

function endTurn(): void {
  const listeners = waiting;
  waiting = [];
  for (const listener of listeners) listener.onTurnEnd();
}

/** Holds back what is written to the socket: it goes in one write when the turn ends, along with the writes to all other sockets. */
export function corkThisTurn(socket: Duplex): void {
  socket.cork();
  atTurnEnd({ onTurnEnd: () => socket.uncork() });
}
