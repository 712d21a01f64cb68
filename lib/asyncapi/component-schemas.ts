import { Observable } from 'rxjs';
import { Message } from '../messaging/message.js';
import type { JsonSchema } from './async-api-document.interface.js';
import { putNew } from './put.js';
import { validationSchemaOf } from './validation-schema.js';

/** Types whose values are the same wherever they stand. An empty schema: nothing is known. */
const SIMPLE = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Date, { type: 'string', format: 'date-time' }],
  [Array, { type: 'array' }],
  [Set, { type: 'array' }],
  [Map, { type: 'object' }],
  [Uint8Array, { type: 'string', format: 'binary' }],
  [Buffer, { type: 'string', format: 'binary' }],
  ...[Object, Promise, Observable, Message, BigInt, Symbol, Function].map((type) => [type, {}] as const),
]);

/** Schemas of classes, each under `components.schemas` and referred to from everywhere else. */
export class ComponentSchemas {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #references = new Map<unknown, JsonSchema>();

  /** What the values of a declared type look like as JSON. */
  of(type: unknown): JsonSchema {
    if (typeof type !== 'function') return {};
    const simple = SIMPLE.get(type);
    return simple ? { ...simple } : (this.#references.get(type) ?? this.#add(type as new () => unknown));
  }

  #add(classRef: new () => unknown): JsonSchema {
    // The name is taken before the properties are looked at, whose class may be the same one.
    const schema: JsonSchema = {};
    const name = putNew(this.schemas, classRef.name, schema);
    const reference = { $ref: `#/components/schemas/${name}` };
    this.#references.set(classRef, reference);
    Object.assign(
      schema,
      validationSchemaOf(classRef, (type) => this.of(type)),
    );
    return reference;
  }
}
