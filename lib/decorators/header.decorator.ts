import { createParamDecorator } from '@nestjs/common';
import { isPipe, property, requestOf, type ParamFactory, type Pipe } from './param-factory.js';

export interface HeaderOptions {
  /** Whether a message without the header is refused with `MissingHeaderException`. @default true unless there is a default */
  required?: boolean;
  /** Stands in for a header that is not there; a text is converted as the header would be, with `${KEY}` from ConfigService. */
  defaultValue?: unknown;
}

export interface HeaderData extends HeaderOptions {
  readonly name: string;
}

export const headerFactory: ParamFactory<HeaderData> = ({ name, defaultValue }, context) =>
  property(requestOf(context).headers, name.toLowerCase()) ?? defaultValue;

const decorator = createParamDecorator(headerFactory);

/**
 * A header of the message (Spring `@Header`), converted to the declared type of the parameter; an array gets all values of a repeated
 * header. What the server knows itself (`destination`, `sessionId`, `user` …, also as `simpSessionId` …) is never taken from a
 * header that the client sent; `nativeHeaders.user` is the client's.
 *
 * @param name may have placeholders `${KEY}`, which ConfigService fills
 * @example
 * price(@Header('currency', { defaultValue: 'EUR' }) currency: string, @Header('x-tag') tags: string[]) {}
 */
export function Header(name: string, options?: HeaderOptions | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  if (typeof name !== 'string') throw new TypeError('@Header() needs the name of a header: parameters have none.');
  if (isPipe(options)) return decorator({ name }, options, ...pipes);
  return decorator({ name, ...options }, ...pipes);
}
