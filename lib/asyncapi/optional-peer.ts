import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A package that this one can do without: the instance that the application has, or undefined. */
export function optionalPeer<T>(name: string): T | undefined {
  try {
    return require(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
