import type { JsonSchema } from './async-api-document.interface.js';
import { optionalPeer } from './optional-peer.js';
import { keywordsOf } from './validator-keywords.js';

type ClassRef = abstract new (...args: never[]) => unknown;

/** What we ask of class-validator: one validator on one property. */
interface ValidationMetadata {
  readonly type: string;
  readonly name?: string;
  readonly constraints?: readonly unknown[];
  readonly each?: boolean;
}

interface ClassValidator {
  getMetadataStorage(): {
    getTargetValidationMetadatas(
      target: ClassRef,
      schema: string,
      always: boolean,
      strictGroups: boolean,
    ): ValidationMetadata[];
    groupByPropertyName(metadatas: ValidationMetadata[]): Record<string, ValidationMetadata[]>;
  };
}

/** What we ask of class-transformer: what `@Type` says of a property. */
interface TypeMetadata {
  readonly typeFunction: (help: { newObject: object; object: object; property: string }) => unknown;
  readonly options?: { readonly discriminator?: { readonly subTypes: readonly { readonly value: unknown }[] } };
}

interface ClassTransformerStorage {
  readonly defaultMetadataStorage: { findTypeMetadata(target: ClassRef, property: string): TypeMetadata | undefined };
}

/**
 * The schema of a class from its validators; any object where it has none, or class-validator is not installed.
 * @param schemaOf the schema of a property's declared type
 */
export function validationSchemaOf(classRef: ClassRef, schemaOf: (type: unknown) => JsonSchema): JsonSchema {
  const validated = validatedProperties(classRef);
  if (validated.length === 0) return { type: 'object' };
  const properties = validated.map(([name, validators]) => [
    name,
    propertySchema(classRef, name, validators, schemaOf),
  ]);
  const required = validated.filter(([, validators]) => isRequired(validators)).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as JsonSchema,
    ...(required.length > 0 && { required }),
  };
}

/** Each with its validators, the inherited ones included. */
function validatedProperties(classRef: ClassRef): [name: string, validators: ValidationMetadata[]][] {
  const storage = optionalPeer<ClassValidator>('class-validator')?.getMetadataStorage();
  if (!storage) return [];
  return Object.entries(storage.groupByPropertyName(storage.getTargetValidationMetadatas(classRef, '', true, false)));
}

function propertySchema(
  classRef: ClassRef,
  name: string,
  validators: readonly ValidationMetadata[],
  schemaOf: (type: unknown) => JsonSchema,
): JsonSchema {
  const type: unknown = Reflect.getMetadata('design:type', classRef.prototype as object, name);
  const declared = schemaOf(type);
  const isUnknown = Object.keys(declared).length === 0;
  const isList = declared.type === 'array' || (isUnknown && validators.some(({ each }) => each));
  const isNested = validators.some((validator) => validator.type === 'nestedValidation');
  const nested = isNested ? nestedSchema(classRef, name, schemaOf) : undefined;
  const keywords = (each: boolean) =>
    validators.filter((validator) => Boolean(validator.each) === each).map((v) => keywordsOf(v.name, v.constraints));
  const ofAll = keywords(false);
  if (!isList && type !== Map) return allOf([nested ?? declared, ...ofAll]);
  const ofEach = allOf([nested ?? {}, ...keywords(true)]);
  return isList
    ? allOf([{ type: 'array', items: ofEach }, ...ofAll])
    : allOf([{ type: 'object', additionalProperties: ofEach }, ...ofAll]);
}

/** What is validated together with its owner, as class-transformer's `@Type` or else the declared type tells. */
function nestedSchema(
  classRef: ClassRef,
  name: string,
  schemaOf: (type: unknown) => JsonSchema,
): JsonSchema | undefined {
  const transformer = optionalPeer<ClassTransformerStorage>('class-transformer/cjs/storage.js');
  const metadata = transformer?.defaultMetadataStorage.findTypeMetadata(classRef, name);
  if (!metadata) return undefined;
  const subTypes = metadata.options?.discriminator?.subTypes;
  if (subTypes) return { oneOf: subTypes.map(({ value }) => schemaOf(value)) };
  return schemaOf(metadata.typeFunction({ newObject: {}, object: {}, property: name }));
}

/** Validators that are content with a property that is not there. */
const CONTENT_WITHOUT = new Set(['isEmpty', 'isNotIn', 'notEquals']);

function isRequired(validators: readonly ValidationMetadata[]): boolean {
  if (validators.some(({ type }) => type === 'conditionalValidation')) return false;
  return validators.some(
    ({ type, name }) => type === 'isDefined' || (type === 'customValidation' && !CONTENT_WITHOUT.has(name ?? '')),
  );
}

/** One schema that says all; a keyword that is there twice says both. Of types the last counts, but an integer stays one. */
function allOf(schemas: readonly JsonSchema[]): JsonSchema {
  const schema: JsonSchema = {};
  const others: JsonSchema[] = [];
  for (const [keyword, value] of schemas.flatMap((one) => Object.entries(one))) {
    if (keyword === 'type') schema.type = schema.type === 'integer' ? 'integer' : value;
    else if (keyword in schema) others.push({ [keyword]: value });
    else schema[keyword] = value;
  }
  // Nothing counts beside a reference.
  if ('$ref' in schema) return { $ref: schema.$ref };
  return others.length === 0 ? schema : { ...schema, allOf: others };
}
