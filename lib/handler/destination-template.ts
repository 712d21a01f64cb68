import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import type { Variables } from '../utils/segment-pattern.js';

/** A destination with places for the variables of the mapped pattern: `/topic/room.{id}`. */
export class DestinationTemplate {
  /** Text and names of variables in turn. */
  readonly #parts: readonly string[];

  /** @throws Error when it is no destination; the message says why */
  constructor(readonly source: string) {
    this.#parts = source.split(/\{([^{}]*)\}/);
    if (source === '') throw new Error('it is empty');
    if (this.#parts.some((part) => /[{}]/.test(part))) throw new Error('it has a brace without its counterpart');
  }

  get variables(): string[] {
    return this.#parts.filter((_, index) => index % 2 === 1);
  }

  expand(variables: Variables): string {
    if (this.#parts.length === 1) return this.source;
    return this.#parts.map((part, index) => (index % 2 === 0 ? part : this.#value(part, variables))).join('');
  }

  #value(name: string, variables: Variables): string {
    const value = variables[name];
    if (value !== undefined) return value;
    throw new MessageHandlingException(
      `The destination "${this.source}" names {${name}}, which the mapping does not have.`,
    );
  }
}
