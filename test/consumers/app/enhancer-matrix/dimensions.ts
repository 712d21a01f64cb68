import { Controller, Injectable, Scope, type ScopeOptions } from '@nestjs/common';

/** Where handlers live. */
export const HOSTS = ['controller', 'provider', 'provider under a token'] as const;
export type Host = (typeof HOSTS)[number];

/** How long Nest keeps an instance of a class. */
export const LIFETIMES = ['singleton', 'transient', 'request-scoped', 'durable'] as const;
export type Lifetime = (typeof LIFETIMES)[number];

const SCOPES: Record<Lifetime, ScopeOptions> = {
  singleton: {},
  transient: { scope: Scope.TRANSIENT },
  'request-scoped': { scope: Scope.REQUEST },
  durable: { scope: Scope.REQUEST, durable: true },
};

/** A class whose methods handle messages. */
export interface HostKind {
  readonly host: Host;
  readonly hostLifetime: Lifetime;
}

export const HOST_KINDS: readonly HostKind[] = HOSTS.flatMap((host) =>
  LIFETIMES.map((hostLifetime) => ({ host, hostLifetime })),
);

export function hostDecorator({ host, hostLifetime }: HostKind): ClassDecorator {
  return host === 'controller' ? Controller(SCOPES[hostLifetime]) : injectable(hostLifetime);
}

export function injectable(lifetime: Lifetime): ClassDecorator {
  return Injectable(scopeOf(lifetime));
}

export function scopeOf(lifetime: Lifetime): ScopeOptions {
  return SCOPES[lifetime];
}

/** Injected into everything, so that what Nest has not constructed is found out. */
@Injectable()
export class Mark {
  readonly text = 'marked';
}
