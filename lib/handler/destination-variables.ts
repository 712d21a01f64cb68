import type { HandlerMethod } from './handler-method.js';

/** Which variable of the pattern a `@DestinationVariable` means: the one of the name, or the next if it has none. */
export type VariableName = (given: string | undefined) => string;

/**
 * @param patterns the variables of each mapped pattern; undefined in exception handlers, where any pattern of the class may have matched
 * @throws Error from the result, when no pattern has the variable
 */
export function destinationVariableName(
  patterns: readonly (readonly string[])[] | undefined,
  method: HandlerMethod,
): VariableName {
  let position = 0;
  return (given) => {
    if (given !== undefined) {
      if (patterns?.some((variables) => variables.includes(given)) ?? true) return given;
      throw new Error(`The @DestinationVariable "${given}" of ${method.toString()} is in none of its patterns.`);
    }
    const at = position++;
    const name = patterns?.[0]?.[at];
    if (name !== undefined && patterns?.every((variables) => variables[at] === name)) return name;
    const reason = name === undefined ? 'its pattern has no further variable' : 'its patterns do not agree on one';
    throw new Error(`A @DestinationVariable() of ${method.toString()} needs a name: ${reason}.`);
  };
}
