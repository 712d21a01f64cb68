import type { MappedCommand } from '../decorators/mapping-metadata.js';
import { DestinationPattern, NO_VARIABLES, segmentsOf } from '../utils/destination-pattern.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { Variables } from '../utils/segment-pattern.js';
import type { HandlerHost } from './handler-host.js';
import type { ContextMethod, StompExecutionContext } from './stomp-execution-context.js';

/** Whom a destination is for. */
export interface DestinationHandler {
  readonly host: Pick<HandlerHost, 'moduleName'>;
  readonly method: ContextMethod;
  readonly command: MappedCommand;
  handle(context: StompExecutionContext): MaybePromise<void>;
}

/** A handler at one of its patterns. */
export interface Mapping {
  readonly pattern: DestinationPattern;
  readonly handler: DestinationHandler;
}

export interface MappingMatch extends Mapping {
  readonly variables: Variables;
}

/** The mappings of one command. */
class MappingTable {
  /** By literal destination, with its leading slash if that divides. */
  readonly literals = new Map<string, MappingMatch>();
  /** The most specific first. */
  readonly patterns: Mapping[] = [];
}

/** Which method a destination is for. */
export class MessageMappingRegistry {
  readonly #tables: Readonly<Record<MappedCommand, MappingTable>> = {
    SEND: new MappingTable(),
    SUBSCRIBE: new MappingTable(),
  };

  constructor(private readonly separator: '/' | '.') {}

  /** @throws Error when another method is mapped to the same destinations */
  add(mapping: Mapping): void {
    const { pattern, handler } = mapping;
    const { literals, patterns } = this.#tables[handler.command];
    const same = [...literals.values(), ...patterns].find((other) => other.pattern.shape === pattern.shape);
    if (same) {
      throw new Error(
        `Ambiguous mapping: ${describe(same.handler)} and ${describe(handler)} both handle ${handler.command} to ` +
          `"${this.lookupOf(pattern)}". Give one of them another destination.`,
      );
    }
    if (pattern.isLiteral) {
      literals.set(this.lookupOf(pattern), { ...mapping, variables: NO_VARIABLES });
    } else {
      patterns.push(mapping);
      patterns.sort((a, b) => DestinationPattern.compare(a.pattern, b.pattern));
    }
  }

  /** @param lookupDestination without the application prefix */
  find(command: MappedCommand, lookupDestination: string): MappingMatch | undefined {
    const { literals, patterns } = this.#tables[command];
    const literal = literals.get(lookupDestination);
    if (literal || patterns.length === 0) return literal;
    const segments = this.#segmentsOf(lookupDestination);
    for (const { pattern, handler } of patterns) {
      const variables = pattern.match(segments);
      if (variables) return { pattern, handler, variables };
    }
    return undefined;
  }

  /** A pattern as destinations are looked up: with a leading slash where slashes divide. */
  lookupOf({ source }: DestinationPattern): string {
    const bare = source.startsWith('/') ? source.slice(1) : source;
    return this.separator === '/' ? `/${bare}` : bare;
  }

  #segmentsOf(lookupDestination: string): string[] {
    return this.separator === '/' ? segmentsOf(lookupDestination, '/') : lookupDestination.split(this.separator);
  }
}

/** With its module, for a class that is in two of them. */
function describe({ host, method }: DestinationHandler): string {
  return `${method.toString()} (${host.moduleName})`;
}
