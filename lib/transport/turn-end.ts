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
