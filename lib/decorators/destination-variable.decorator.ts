import { createParamDecorator } from '@nestjs/common';
import { isPipe, property, requestOf, type ParamFactory, type Pipe } from './param-factory.js';

export interface DestinationVariableData {
  /** undefined: by position among the variables without a name. */
  readonly name: string | undefined;
}

export const destinationVariableFactory: ParamFactory<DestinationVariableData> = (data, context) =>
  property(requestOf(context).params, data.name);

const decorator = createParamDecorator(destinationVariableFactory);

/**
 * A variable of the mapped pattern, always there (Spring `@DestinationVariable`). Without pipes it is converted to the declared type
 * of the parameter: string, number or boolean.
 *
 * @param name its name in the pattern. JavaScript does not keep the names of parameters, so without it the variables are taken in the
 * order of the pattern: the first `@DestinationVariable()` gets the first variable, the second the second.
 * @example
 * \@MessageMapping('/room/{id}')
 * room(@DestinationVariable('id', ParseIntPipe) id: number) {}
 */
export function DestinationVariable(name?: string | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  if (isPipe(name)) return decorator({ name: undefined }, name, ...pipes);
  return decorator({ name }, ...pipes);
}
