import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecurityRules } from '../../../lib/interfaces/stomp-module-options.interface.js';
import { ControlPair } from '../../utils/control-pair.js';
import { SocketServer, type SocketServerOptions } from '../../utils/socket-server.js';
import type { WireKind } from '../../utils/wires.js';

/** They deny nothing that the tests need: what an attack does must be the same with them and without. */
const RULES: SecurityRules = (rules) =>
  rules.nullDestMatcher().permitAll().simpDestMatchers('/topic/closed/**').denyAll().anyMessage().permitAll();

/** Servers that are attacked alike. */
export const SETTINGS: readonly (readonly [name: string, options: SocketServerOptions])[] = [
  ['with security rules', { security: RULES }],
  ['without security rules', {}],
];

const OWN_DESCRIPTORS = '/proc/self/fd';
/** What may be open behind an attack that was not before: the listening socket, a file that a module is being read from. */
export const FEW = 10;

/**
 * Attacks a server over real sockets while a control pair talks. In the end nobody has been disturbed, nothing was logged as an error,
 * the server has forgotten all who have gone, and no socket of theirs is left open.
 */
export async function attacked(
  options: SocketServerOptions,
  attack: (server: SocketServer) => Promise<void>,
  wire?: WireKind,
): Promise<void> {
  const before = descriptors();
  const server = await SocketServer.start(options);
  const control = await ControlPair.start(server, wire);
  try {
    try {
      await attack(server);
    } finally {
      await control.isUnharmed();
    }
    await until(() => server.runtime.sessions.size === 0);
    const { subscriptions, unacknowledged, transactions, users } = server.runtime.stats.snapshot();
    expect({ subscriptions, unacknowledged, transactions, users }).toEqual({
      subscriptions: 0,
      unacknowledged: 0,
      transactions: 0,
      users: 0,
    });
    await until(() => descriptors() <= before + FEW);
  } finally {
    await server.stop();
  }
  expect(server.errors).toEqual([]);
}

/** What the process has open, which the sockets of its clients and of its server are among; 0 where the system does not tell. */
export function descriptors(): number {
  return existsSync(OWN_DESCRIPTORS) ? readdirSync(OWN_DESCRIPTORS).length : 0;
}

export function many<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** Waits for the event that makes the condition true, looking again and again. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`This did not become true: ${condition.toString()}`);
    await delay(5);
  }
}
