import { ValidateBy } from 'class-validator';

/** As many bytes as it has when it is written as JSON. */
export function MaxJsonBytes(limit: number): PropertyDecorator {
  return ValidateBy({
    name: 'maxJsonBytes',
    validator: {
      validate: (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '') <= limit,
      defaultMessage: (argumentsOf) => `${argumentsOf?.property} must have at most ${limit} bytes`,
    },
  });
}
