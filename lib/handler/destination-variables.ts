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
    const name = given ?? patterns?.[0]?.[position++];
    if (name !== undefined && (patterns?.some((variables) => variables.includes(name)) ?? true)) return name;
    throw new Error(
      given === undefined
        ? `A @DestinationVariable() of ${method.toString()} needs a name: its pattern has no further variable.`
        : `The @DestinationVariable "${given}" of ${method.toString()} is in none of its patterns.`,
    );
  };
}
