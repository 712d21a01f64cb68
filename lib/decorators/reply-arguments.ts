import { listOf, methodOf, type Decorated } from './mapping-metadata.js';

/** Destinations, one by one or as lists, and options behind them. */
export type ReplyArguments<Options extends object> =
  (string | readonly string[])[] | [...destinations: (string | readonly string[])[], options: Options];

/** @throws TypeError when a destination is no text */
export function parseReplyArguments<Options extends object>(
  args: ReplyArguments<Options>,
): { readonly destinations: readonly string[]; readonly options: Partial<Options> } {
  const given = (args as readonly unknown[]).filter((arg) => arg !== undefined);
  const destinations = given.filter((arg) => !isOptions(arg)).flat() as string[];
  return { destinations: listOf(destinations), options: given.find(isOptions<Options>) ?? {} };
}

/** A class, or a method of instances. */
export function classOrMethod(decorator: string, decorated: Decorated): object {
  return decorated.key === undefined ? decorated.target : methodOf(decorator, decorated);
}

function isOptions<Options extends object>(arg: unknown): arg is Options {
  return typeof arg === 'object' && arg !== null && !Array.isArray(arg);
}
