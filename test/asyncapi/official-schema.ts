import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { AsyncApiDocument } from '../../lib/asyncapi/index.js';

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const { definitions, ...official } = specs.schemas['3.0.0'];
// ajv has a copy of its own.
const { 'http://json-schema.org/draft-07/schema': _, ...others } = definitions as object as Record<string, object>;
const isValid = ajv.compile({ ...official, definitions: others });

/** What is wrong with a document: by the official schema, and with its references, which that cannot see. */
export function faultsOf(document: AsyncApiDocument): string[] {
  const faults = isValid(document)
    ? []
    : isValid.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  for (const reference of referencesOf(document)) {
    if (resolve(document, reference) === undefined) faults.push(`${reference} leads nowhere`);
  }
  for (const [name, { channel, messages, reply }] of Object.entries(document.operations)) {
    for (const { $ref } of messages) if (!$ref.startsWith(`${channel.$ref}/messages/`)) faults.push(`${name}: ${$ref}`);
    for (const { $ref } of reply?.messages ?? []) {
      if (!$ref.startsWith(`${reply!.channel.$ref}/messages/`)) faults.push(`${name}: ${$ref}`);
    }
  }
  return faults;
}

/** Whether a value is as a schema says that refers to others in `components.schemas`. */
export function accepts(schema: object, schemas: object, value: unknown): boolean {
  const validator = new Ajv({ strict: false });
  addFormats.default(validator);
  return validator.compile({ allOf: [schema], components: { schemas } })(value);
}

function resolve(document: unknown, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
}

function referencesOf(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : referencesOf(value),
  );
}
