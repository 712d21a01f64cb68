import type { StompModuleOptions } from 'nestjs-stomp';

/** This server's name, as the primary has given it. */
export const SERVER = process.env.SERVER ?? 'alone';

/**
 * What carries messages from one server to the other: the pipes of `node:cluster`, or Redis (`BUS`); with a broker of one's own (`RELAY`)
 * they carry no more than messages for single users and who is there.
 */
export function means({ BUS, RELAY } = process.env): Pick<StompModuleOptions, 'cluster' | 'broker'> {
  // A server that is killed says no farewell: the others shall know soon.
  const common = { name: SERVER, heartbeat: 1_000, timeout: 3_000 };
  return {
    cluster: BUS ? { kind: 'redis', url: BUS, channel: '03-scale-out', ...common } : { kind: 'node', ...common },
    ...(RELAY && { broker: { kind: 'relay', requiredAtStart: true, ...addressOf(RELAY) } }),
  };
}

function addressOf(relay: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(relay) ?? [];
  if (!host) throw new Error(`RELAY is ${JSON.stringify(relay)} and must be host:port, such as localhost:61613.`);
  return { host, port: Number(port) };
}
