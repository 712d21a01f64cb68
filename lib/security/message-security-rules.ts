import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { Message, MessageCommand } from '../messaging/message.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { Variables } from '../utils/segment-pattern.js';

/** What clients must be allowed to do. To unsubscribe and to leave they always are. */
export type SecuredCommand = Extract<MessageCommand, 'CONNECT' | 'SEND' | 'SUBSCRIBE' | 'ACK' | 'NACK'>;

/** What `access` is asked about. */
export interface AuthorizationContext {
  /** The client's message, as the interceptors before have left it. */
  readonly message: Message;
  /** Who sent it; undefined for a client that nobody knows. */
  readonly user: PrincipalLike | undefined;
  /** The variables of the pattern that matches the destination. */
  readonly variables: Variables;
}

/** @returns true to allow it; anything else denies it. @throws to deny it too; what is thrown is logged unless it is a refusal */
export type Access = (context: AuthorizationContext) => MaybePromise<boolean>;

/** Which messages a rule is for. */
export interface RuleMatcher {
  /** As the programmer wrote it, for errors. */
  readonly source: string;
  /** undefined: all. */
  readonly commands?: readonly SecuredCommand[];
  /** undefined: with or without a destination; empty: without one. */
  readonly patterns?: readonly string[];
}

export interface MessageSecurityRule {
  readonly matcher: RuleMatcher;
  /** undefined: nobody has said yet. */
  access?: Access;
  /** Whether the decision is a function of the programmer's, which may look at the variables. */
  isCustom?: boolean;
}

/**
 * Who may do what (Spring Security `MessageMatcherDelegatingAuthorizationManager`). The first rule that is for a message decides; a message
 * that no rule is for is denied. Patterns are those of `@MessageMapping`, over the whole destination as the client sends it: `/app/chat`,
 * `/topic/**`, `/user/queue/{name}`; where the option `pathSeparator` is `'.'`, dots and slashes divide alike.
 *
 * A client that subscribes to a pattern is allowed to only if it may subscribe to every destination that the pattern can mean.
 *
 * @example
 * StompModule.forRoot({
 *   security: (rules) =>
 *     rules
 *       .nullDestMatcher().authenticated()
 *       .simpSubscribeDestMatchers('/user/queue/errors').permitAll()
 *       .simpDestMatchers('/app/admin/**').hasRole('ADMIN')
 *       .simpSubscribeDestMatchers('/topic/room.{room}').access(({ user, variables }) => rooms.isMember(user, variables.room))
 *       .simpDestMatchers('/app/**').authenticated()
 *       .anyMessage().denyAll(),
 * })
 */
export class MessageSecurityRules {
  readonly #rules: MessageSecurityRule[] = [];

  /** Everything that no rule before is for. */
  anyMessage(): MessageSecurityConstraint {
    return this.#add({ source: 'anyMessage()' });
  }

  /** What has no destination: CONNECT, ACK and NACK. */
  nullDestMatcher(): MessageSecurityConstraint {
    return this.#add({ source: 'nullDestMatcher()', patterns: [] });
  }

  /** Frames of these commands, whatever their destination. `MESSAGE` is Spring's name for SEND. */
  simpTypeMatchers(...types: (SecuredCommand | 'MESSAGE')[]): MessageSecurityConstraint {
    const commands = types.map((type) => (type === 'MESSAGE' ? 'SEND' : type));
    return this.#add({ source: `simpTypeMatchers(${quoted(types)})`, commands });
  }

  /** SEND and SUBSCRIBE to destinations that match one of the patterns. */
  simpDestMatchers(...patterns: string[]): MessageSecurityConstraint {
    return this.#add({ source: `simpDestMatchers(${quoted(patterns)})`, commands: ['SEND', 'SUBSCRIBE'], patterns });
  }

  /** SEND to destinations that match one of the patterns. */
  simpMessageDestMatchers(...patterns: string[]): MessageSecurityConstraint {
    return this.#add({ source: `simpMessageDestMatchers(${quoted(patterns)})`, commands: ['SEND'], patterns });
  }

  /** SUBSCRIBE to destinations that match one of the patterns. */
  simpSubscribeDestMatchers(...patterns: string[]): MessageSecurityConstraint {
    return this.#add({ source: `simpSubscribeDestMatchers(${quoted(patterns)})`, commands: ['SUBSCRIBE'], patterns });
  }

  /** In the order in which they were said. */
  [Symbol.iterator](): IterableIterator<MessageSecurityRule> {
    return this.#rules.values();
  }

  #add(matcher: RuleMatcher): MessageSecurityConstraint {
    const rule: MessageSecurityRule = { matcher };
    this.#rules.push(rule);
    return new MessageSecurityConstraint(this, rule);
  }
}

/** What a rule demands. Each method completes the rule. */
export class MessageSecurityConstraint {
  constructor(
    private readonly rules: MessageSecurityRules,
    private readonly rule: MessageSecurityRule,
  ) {}

  /** Allows it to everybody. */
  permitAll(): MessageSecurityRules {
    return this.#decide(() => true);
  }

  /** Allows it to nobody. */
  denyAll(): MessageSecurityRules {
    return this.#decide(() => false);
  }

  /** Allows it to all whose name is known. */
  authenticated(): MessageSecurityRules {
    return this.#decide(({ user }) => user !== undefined);
  }

  /** Allows it to users whose `roles` have this one, to the letter. */
  hasRole(role: string): MessageSecurityRules {
    return this.hasAnyRole(role);
  }

  /** Allows it to users whose `roles` have one of these, to the letter. */
  hasAnyRole(...roles: string[]): MessageSecurityRules {
    return this.#decide(({ user }) => user?.roles?.some((role) => roles.includes(role)) ?? false);
  }

  /** Allows it if the function says so, now or later. */
  access(access: Access): MessageSecurityRules {
    this.rule.isCustom = true;
    return this.#decide(access);
  }

  #decide(access: Access): MessageSecurityRules {
    this.rule.access = access;
    return this.rules;
  }
}

function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}
