import type { MappingMetadata } from '../decorators/mapping-metadata.js';
import { CLASS_PATTERNS_METADATA, EXCEPTION_TYPES_METADATA, MAPPINGS_METADATA } from '../stomp.constants.js';
import { DestinationPattern, withPrefix } from '../utils/destination-pattern.js';
import { advises, isAdvice, type ControllerAdvice } from './controller-advice.js';
import { ExceptionHandlers } from './exception-handlers.js';
import { HandlerMethod } from './handler-method.js';
import { MappedHandler, type HandlerDependencies } from './mapped-handler.js';
import type { Mapping, MessageMappingRegistry } from './message-mapping.registry.js';
import type { HandlerHost } from './handler-host.js';
import { MetadataScanner } from '@nestjs/core';
import { replacePlaceholders, type ResolvePlaceholder } from './placeholders.js';
import { replyPlan } from './reply-plan.js';

export interface MessageMappingExplorerOptions {
  readonly applicationDestinationPrefixes: readonly string[];
  readonly pathSeparator: '/' | '.';
  /** What destinations begin with that somebody takes messages for: the broker, and whoever knows the users. */
  readonly servedPrefixes: readonly string[];
  /** What `${key}` in a pattern or a reply destination stands for. */
  readonly resolvePlaceholder?: ResolvePlaceholder;
}

/** A mapped method at one of its patterns. */
export interface MethodMapping extends Mapping {
  readonly handler: MappedHandler;
}

/** Finds the mapped methods of controllers and providers and puts them into the registry. */
export class MessageMappingExplorer {
  readonly #scanner = new MetadataScanner();
  #advices: readonly ControllerAdvice[] = [];
  #found: readonly MethodMapping[] | undefined;

  constructor(
    private readonly registry: MessageMappingRegistry,
    private readonly dependencies: HandlerDependencies,
    private readonly options: MessageMappingExplorerOptions,
    private readonly log: { log(message: string): void },
  ) {}

  /** @throws Error which names the class, the method and what is wrong with it */
  async explore(): Promise<void> {
    const mappings = this.find();
    for (const handler of new Set(mappings.map(({ handler }) => handler))) await handler.prepare();
    for (const mapping of mappings) this.#map(mapping);
  }

  /**
   * Every mapped method at each of its patterns, as soon as Nest has created the application: the start need not have begun.
   * @throws Error which names the class, the method and what is wrong with it
   */
  find(): readonly MethodMapping[] {
    return (this.#found ??= this.#find());
  }

  #find(): readonly MethodMapping[] {
    const { contexts } = this.dependencies;
    this.#advices = contexts
      .hosts()
      .filter(isAdvice)
      .map((host) => this.#advice(host));
    for (const instance of contexts.foreignInstances()) this.#refuse(instance);
    return contexts.hosts().flatMap((host) => [...this.#mappingsOf(host)]);
  }

  *#mappingsOf(host: HandlerHost): Generator<MethodMapping> {
    const { prototype } = host.classRef as { prototype: object };
    const names = this.#mappedNames(prototype);
    if (names.length === 0) return;
    const exceptionHandlers = this.#exceptionHandlers(host, prototype);
    const advices = this.#advices.filter((advice) => advises(advice, host));
    for (const name of names) {
      for (const mapping of mappingsOf(prototype, name)) {
        const patterns = this.#patterns(host, name, mapping);
        const method = this.#method(
          host,
          name,
          patterns.map(({ variables }) => variables),
        );
        const handler = new MappedHandler(
          host,
          method,
          mapping.command,
          replyPlan(method, mapping.command, this.options.resolvePlaceholder),
          exceptionHandlers,
          advices,
          this.dependencies,
        );
        this.#checkServed(handler);
        checkReplies(handler, patterns);
        for (const pattern of patterns) yield { pattern, handler };
      }
    }
  }

  #method({ classRef }: HandlerHost, name: string, patternVariables?: readonly (readonly string[])[]): HandlerMethod {
    const { converter } = this.dependencies;
    const { resolvePlaceholder } = this.options;
    return new HandlerMethod(classRef, name, { converter, resolvePlaceholder, patternVariables });
  }

  #map(mapping: MethodMapping): void {
    this.registry.add(mapping);
    const { pattern, handler } = mapping;
    for (const prefix of this.options.applicationDestinationPrefixes) {
      this.log.log(`Mapped {${withPrefix(prefix, pattern.source)}, ${handler.command}} ${handler.toString()}`);
    }
  }

  #mappedNames(prototype: object): string[] {
    return this.#scanner.getAllMethodNames(prototype).filter((name) => mappingsOf(prototype, name).length > 0);
  }

  #exceptionHandlers(host: HandlerHost, prototype: object): ExceptionHandlers {
    const names = this.#scanner.getAllMethodNames(prototype);
    const methods = names
      .filter((name) => Reflect.hasMetadata(EXCEPTION_TYPES_METADATA, methodOf(prototype, name)))
      .map((name) => this.#method(host, name));
    const handlers = new ExceptionHandlers(methods, this.options.resolvePlaceholder);
    for (const handler of handlers.all) this.#checkServed(handler);
    return handlers;
  }

  #advice(host: HandlerHost): ControllerAdvice {
    return { host, exceptionHandlers: this.#exceptionHandlers(host, host.classRef.prototype as object) };
  }

  /** Each of the class's patterns followed by each of the method's. */
  #patterns({ classRef }: HandlerHost, name: string, { patterns }: MappingMetadata): DestinationPattern[] {
    const { pathSeparator } = this.options;
    const ofClass = (Reflect.getMetadata(CLASS_PATTERNS_METADATA, classRef) ?? []) as readonly string[];
    const sources = orNothing(ofClass).flatMap((first) =>
      orNothing(patterns).map((second) => join(first, second, pathSeparator)),
    );
    return sources.map((source) => {
      const what = `The mapping "${source}" of ${classRef.name}.${name}()`;
      const configured = replacePlaceholders(source, this.options.resolvePlaceholder, what);
      try {
        if (configured === '') throw new Error('it has no destination, and neither has its class');
        return new DestinationPattern(configured, pathSeparator);
      } catch (error) {
        throw new Error(`${what} is not possible: ${(error as Error).message}.`, { cause: error });
      }
    });
  }

  /** A reply that nobody takes would be lost without a word. */
  #checkServed({ reply, method }: Pick<MappedHandler, 'reply' | 'method'>): void {
    const { servedPrefixes } = this.options;
    for (const { source } of reply.to?.targets ?? []) {
      // Behind the first variable it may be anything.
      const [start = ''] = source.split('{', 1);
      const isWhole = start === source;
      if (servedPrefixes.some((prefix) => start.startsWith(prefix) || (!isWhole && prefix.startsWith(start)))) continue;
      throw new Error(
        `${method.toString()} replies to "${source}", where nobody would get it: a reply goes to a destination that begins with ` +
          `${servedPrefixes.join(', ')}.`,
      );
    }
  }

  #refuse(instance: object): void {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (prototype === null || prototype === Object.prototype) return;
    const [name] = this.#mappedNames(prototype);
    if (name === undefined) return;
    throw new Error(
      `${prototype.constructor.name}.${name}() cannot handle messages, because its class is provided by a factory or a value and ` +
        `Nest would not run its guards. List the class itself among the providers.`,
    );
  }
}

function mappingsOf(prototype: object, name: string): readonly MappingMetadata[] {
  return (Reflect.getOwnMetadata(MAPPINGS_METADATA, methodOf(prototype, name)) ?? []) as readonly MappingMetadata[];
}

function methodOf(prototype: object, name: string): object {
  return (prototype as Record<string, object>)[name]!;
}

function orNothing(patterns: readonly string[]): readonly string[] {
  return patterns.length === 0 ? [''] : patterns;
}

/** With one separator between them; a slash that the second begins with divides nothing. */
function join(first: string, second: string, separator: string): string {
  if (first === '' || second === '') return first + second;
  const start = first.endsWith(separator) ? first.slice(0, -1) : first;
  const end = second.startsWith(separator) || second.startsWith('/') ? second.slice(1) : second;
  return start + separator + end;
}

/** A reply to `{name}` needs a variable of this name in every pattern. */
function checkReplies({ reply, method }: MappedHandler, patterns: readonly DestinationPattern[]): void {
  const targets = [...(reply.toUser?.targets ?? []), ...(reply.to?.targets ?? [])];
  for (const target of targets) {
    for (const variable of target.variables) {
      const pattern = patterns.find(({ variables }) => !variables.includes(variable));
      if (!pattern) continue;
      throw new Error(
        `${method.toString()} replies to "${target.source}", but its mapping "${pattern.source}" has no variable {${variable}}.`,
      );
    }
  }
}
