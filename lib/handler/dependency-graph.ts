import type { InjectionToken, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

/**
 * What is injected into a provider, looked up as Nest will do it. Nest 11 does not know that of a request-scoped class before it
 * first makes one.
 */
export class DependencyGraph {
  constructor(private readonly injector: ModuleRef['injector']) {}

  /** In a fixed order; what is optional and missing is left out. */
  injectedInto(wrapper: InstanceWrapper): InstanceWrapper[] {
    const { host } = wrapper;
    if (!host || !wrapper.metatype) return [];
    return this.#tokensOf(wrapper)
      .map((token) => host.providers.get(token) ?? lookupInImports(token, host))
      .filter((needed) => needed !== undefined);
  }

  /** With the guards, pipes, interceptors and filters of its handlers. */
  neededBy(wrapper: InstanceWrapper): InstanceWrapper[] {
    const enhancers = wrapper.getEnhancersMetadata() ?? [];
    // Some versions of Nest have put a copy in the place of the wrapper.
    const current = enhancers.map((enhancer) => enhancer.host?.injectables.get(enhancer.token) ?? enhancer);
    return [...this.injectedInto(wrapper), ...current];
  }

  #tokensOf(wrapper: InstanceWrapper): InjectionToken[] {
    if (wrapper.isFactory) return this.injector.getFactoryProviderDependencies(wrapper)[0].map(tokenOf);
    const classRef = wrapper.metatype as Type;
    const properties = this.injector.reflectProperties(classRef).map(({ name }) => name);
    return [...this.injector.reflectConstructorParams(classRef), ...properties].map(tokenOf);
  }
}

function tokenOf(dependency: unknown): InjectionToken {
  const isForward = typeof dependency === 'object' && dependency !== null && 'forwardRef' in dependency;
  return isForward ? (dependency.forwardRef as () => InjectionToken)() : (dependency as InjectionToken);
}

/** The nearest module among the imports that exports the token, itself or because it exports another that does. */
function lookupInImports(
  token: InjectionToken,
  { imports, exports }: Module,
  visited = new Set<Module>(),
  isExported = false,
): InstanceWrapper | undefined {
  for (const imported of imports) {
    if (visited.has(imported) || (isExported && !exports.has(imported.metatype))) continue;
    visited.add(imported);
    const own = imported.exports.has(token) ? imported.providers.get(token) : undefined;
    const found = own ?? lookupInImports(token, imported, visited, true);
    if (found) return found;
  }
  return undefined;
}
