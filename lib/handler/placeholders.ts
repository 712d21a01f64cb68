/** What `${key}` stands for; undefined: nobody knows the key. */
export type ResolvePlaceholder = (key: string) => string | undefined;

/**
 * Puts configured values in the places of `${key}` and `${key:default}`, as Spring does.
 *
 * @param what what the text is, for the error
 * @throws Error when nothing is configured for a key and there is no default
 */
export function replacePlaceholders(source: string, resolve: ResolvePlaceholder | undefined, what: string): string {
  return source.replace(/\$\{([^{}:]*)(?::([^{}]*))?\}/g, (_, key: string, byDefault: string | undefined) => {
    const value = resolve?.(key) ?? byDefault;
    if (value === undefined) throw new Error(`${what} is not possible: nothing is configured for \${${key}}.`);
    return value;
  });
}
