import { createParamDecorator } from '@nestjs/common';
import { requestOf, type ParamFactory, type Pipe } from './param-factory.js';

export const headersFactory: ParamFactory<undefined> = (_data, context) => requestOf(context).headers;

const decorator = createParamDecorator(headersFactory);

/**
 * All headers (Spring `@Headers`), as the declared type of the parameter wants them: `MessageHeaders`, `HeaderList` and `Map`, or else an
 * object of the native headers, whose first value of each name counts.
 */
export function Headers(...pipes: Pipe[]): ParameterDecorator {
  return decorator(undefined, ...pipes);
}
