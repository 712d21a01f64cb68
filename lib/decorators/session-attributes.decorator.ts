import { createParamDecorator } from '@nestjs/common';
import { isPipe, type ParamFactory, type Pipe } from './param-factory.js';

export interface SessionAttributesData {
  readonly name: string | undefined;
}

export const sessionAttributesFactory: ParamFactory<SessionAttributesData> = () => undefined;

const decorator = createParamDecorator(sessionAttributesFactory);

/**
 * What the handshake interceptors and handlers keep for the session: the map, or one attribute of it. Changes last as long as
 * the session.
 */
export function SessionAttributes(name?: string | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  if (isPipe(name)) return decorator({ name: undefined }, name, ...pipes);
  return decorator({ name }, ...pipes);
}
