/** `{name}` and `{name:regex}`. */
const VARIABLE = /\{([\w-]+)(?::((?:[^{}]|\{[^{}]*\})*))?\}/g;

/** A destination as AsyncAPI writes it, where variables have no regular expression. */
export function addressOf(destination: string): string {
  return destination.replace(VARIABLE, '{$1}');
}

/** The variables of a destination, and what each must match. */
export function variablesOf(destination: string): Map<string, string | undefined> {
  return new Map([...destination.matchAll(VARIABLE)].map(([, name, regex]) => [name!, regex]));
}

export function hasWildcards(address: string): boolean {
  return /[*?]/.test(address);
}
