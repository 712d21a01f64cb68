import type { ModulesContainer } from '@nestjs/core';
import type { ResolvePlaceholder } from './placeholders.js';

/** What we ask of `ConfigService` of @nestjs/config. It is known by its name: the package need not be installed. */
interface ConfigServiceLike {
  get(key: string): unknown;
}

/** Reads placeholders from the application's ConfigService, if it has one; looked for when the first one is needed. */
export function configPlaceholders(modules: ModulesContainer): ResolvePlaceholder {
  let config: ConfigServiceLike | undefined;
  return (key) => {
    config ??= findConfigService(modules);
    const value = config?.get(key);
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
  };
}

function findConfigService(modules: ModulesContainer): ConfigServiceLike | undefined {
  for (const { providers } of modules.values()) {
    for (const [token, wrapper] of providers) {
      const name = typeof token === 'function' ? token.name : token;
      if (name !== 'ConfigService' || !wrapper.isDependencyTreeStatic()) continue;
      const { instance } = wrapper as { instance: unknown };
      if (typeof (instance as ConfigServiceLike | undefined)?.get === 'function') return instance as ConfigServiceLike;
    }
  }
  return undefined;
}
