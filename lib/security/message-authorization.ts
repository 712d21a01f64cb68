import { StompOptionException } from '../exceptions/stomp-option.exception.js';
import type { Message, MessageCommand } from '../messaging/message.js';
import { NO_VARIABLES } from '../utils/destination-pattern.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import type { Variables } from '../utils/segment-pattern.js';
import { ClientPattern, DestinationRule } from './destination-rule.js';
import type { Access, MessageSecurityRule, MessageSecurityRules } from './message-security-rules.js';

interface CompiledRule {
  /** undefined: all. */
  readonly commands: ReadonlySet<MessageCommand> | undefined;
  /** undefined: with or without a destination; empty: without one. */
  readonly destinations: readonly DestinationRule[] | undefined;
  readonly access: Access;
  readonly isCustom: boolean;
}

/** A rule that has a say in a client's pattern. */
interface Say {
  readonly rule: CompiledRule;
  /** undefined: the pattern leaves open what the rule may want to know. */
  readonly variables: Variables | undefined;
}

/** Whoever may come may go: UNSUBSCRIBE and DISCONNECT are nobody's to deny. */
const SECURED: ReadonlySet<MessageCommand> = new Set(['CONNECT', 'SEND', 'SUBSCRIBE', 'ACK', 'NACK']);

/** Decides who may do what, by the rules of the application. */
export class MessageAuthorization {
  readonly #rules: readonly CompiledRule[];

  /** @throws StompOptionException when a rule is malformed, decides nothing, or can never be asked */
  constructor(
    rules: MessageSecurityRules,
    private readonly separator: '/' | '.',
  ) {
    const all = [...rules];
    const unreachable = all[all.findIndex(isForAll) + 1];
    if (all.some(isForAll) && unreachable) {
      throw mistake(unreachable, 'before anyMessage(), which leaves nothing to it');
    }
    this.#rules = all.map((rule) => this.#compile(rule));
  }

  /** @returns whether the client may do this; what no rule is for is denied */
  isAllowed(message: Message): MaybePromise<boolean> {
    const { command, destination } = message.headers;
    if (!SECURED.has(command)) return true;
    if (command === 'SUBSCRIBE' && ClientPattern.is(destination!)) {
      return allow(this.#saysOn(new ClientPattern(destination!, this.separator)), message);
    }
    const target = command === 'SEND' || command === 'SUBSCRIBE' ? destination : undefined;
    for (const rule of this.#rules) {
      const variables = rule.commands?.has(command) === false ? undefined : matchOf(rule, target);
      if (variables) return ask(rule, variables, message);
    }
    return false;
  }

  /**
   * The rules that some destination of the pattern would be decided by: all that are for one of them, up to the first that is for all.
   * @returns undefined when there may be a destination that no rule is for
   */
  #saysOn(pattern: ClientPattern): Say[] | undefined {
    const says: Say[] = [];
    for (const rule of this.#rules) {
      if (rule.commands?.has('SUBSCRIBE') === false) continue;
      if (!rule.destinations) return [...says, { rule, variables: NO_VARIABLES }];
      const met = rule.destinations.filter((destination) => destination.meets(pattern));
      const covering = met.find((destination) => destination.covers(pattern));
      if (covering) return [...says, { rule, variables: variablesOf([covering], pattern) }];
      if (met.length > 0) says.push({ rule, variables: variablesOf(met, pattern) });
    }
    return undefined;
  }

  #compile(rule: MessageSecurityRule): CompiledRule {
    const { matcher, access, isCustom = false } = rule;
    if (!access) throw mistake(rule, 'followed by what it demands: permitAll(), authenticated(), hasRole(…) …');
    const destinations = matcher.patterns?.map((pattern) => new DestinationRule('security', pattern, this.separator));
    return { commands: matcher.commands && new Set(matcher.commands), destinations, access, isCustom };
  }
}

function isForAll({ matcher: { commands, patterns } }: MessageSecurityRule): boolean {
  return !commands && !patterns;
}

function mistake({ matcher }: MessageSecurityRule, expected: string): StompOptionException {
  return new StompOptionException('security', matcher.source, expected);
}

/** @returns the variables if the rule is for the destination */
function matchOf({ destinations }: CompiledRule, destination: string | undefined): Variables | undefined {
  if (!destinations) return NO_VARIABLES;
  if (destination === undefined) return destinations.length === 0 ? NO_VARIABLES : undefined;
  for (const rule of destinations) {
    const variables = rule.match(destination);
    if (variables) return variables;
  }
  return undefined;
}

function variablesOf(destinations: readonly DestinationRule[], pattern: ClientPattern): Variables | undefined {
  if (destinations.every(({ hasVariables }) => !hasVariables)) return NO_VARIABLES;
  return destinations.length === 1 ? destinations[0]!.variablesOf(pattern) : undefined;
}

function allow(says: readonly Say[] | undefined, message: Message, from = 0): MaybePromise<boolean> {
  if (!says) return false;
  for (let i = from; i < says.length; i++) {
    const { rule, variables } = says[i]!;
    const answer = variables || !rule.isCustom ? ask(rule, variables ?? NO_VARIABLES, message) : false;
    if (isPromise<boolean>(answer)) return answer.then((isAllowed) => isAllowed && allow(says, message, i + 1));
    if (!answer) return false;
  }
  return true;
}

function ask({ access }: CompiledRule, variables: Variables, message: Message): MaybePromise<boolean> {
  return then(access({ message, user: message.headers.user, variables }), (isAllowed: unknown) => isAllowed === true);
}
