import fc from 'fast-check';
import { DestinationMatcher } from '../../lib/broker/destination-matcher.js';
import { Message } from '../../lib/messaging/message.js';
import { MessageAuthorization } from '../../lib/security/message-authorization.js';
import { MessageSecurityRules } from '../../lib/security/message-security-rules.js';

// `RUNS=100000 npm run jest test/security` looks at more of them.
const RUNS = Number(process.env.RUNS ?? 3_000);

const LITERALS = ['a', 'b', 'ab', 'ba', ''];
const CLIENT_WILDCARDS = ['*', '**', '?', '{v}', 'a*', '*b', 'a?', '?b', 'a*b', '{v}a', 'a**b'];
const RULE_WILDCARDS = ['*', '**', '?', 'a*', '*b', 'a?', '#', 'a#', '#:[ab]+'];

function path(segments: readonly string[], maxLength = 4) {
  return fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength });
}

const world = fc.record({
  separator: fc.constantFrom('/' as const, '.' as const),
  rules: fc.array(fc.tuple(path([...LITERALS, ...RULE_WILDCARDS]), fc.boolean()), { maxLength: 5 }),
  pattern: path([...LITERALS, ...CLIENT_WILDCARDS]),
  destinations: fc.array(path(LITERALS, 6), { minLength: 5, maxLength: 30 }),
  /** What joins the segments of destinations and patterns where dots divide, but not only they. */
  joints: fc.array(fc.constantFrom('/', '.'), { minLength: 6, maxLength: 6 }),
});

function join(segments: readonly string[], joints: readonly string[]): string {
  return segments.reduce((whole, segment, index) => whole + joints[index % joints.length]! + segment, '/topic');
}

/** Variables get names of their own. */
function named(segments: readonly string[]): string[] {
  return segments.map((segment, index) => segment.replace(/#(:.*)?/, `{v${index}$1}`));
}

function subscribe(authorization: MessageAuthorization, destination: string): unknown {
  const message = Message.to(destination, new Uint8Array());
  message.headers.command = 'SUBSCRIBE';
  return authorization.isAllowed(message);
}

describe('A client that subscribes to a pattern', () => {
  it('is never allowed to if the rules deny it one of the destinations that the broker would match', () => {
    let allowed = 0;
    fc.assert(
      fc.property(world, ({ separator, rules: said, pattern: segments, destinations, joints: given }) => {
        const joints = separator === '/' ? ['/'] : given;
        const rules = new MessageSecurityRules();
        for (const [path, isPermitted] of said) {
          const constraint = rules.simpSubscribeDestMatchers(join(named(path), joints));
          if (isPermitted) constraint.permitAll();
          else constraint.denyAll();
        }
        const authorization = new MessageAuthorization(rules, separator);
        const pattern = join(segments, joints);
        if (subscribe(authorization, pattern) !== true) return;
        allowed++;
        const matcher = new DestinationMatcher<string>(separator);
        matcher.add(pattern, pattern);
        for (const destination of destinations.map((names) => join(names, joints))) {
          let isMatched = false;
          matcher.match(destination, () => (isMatched = true));
          if (isMatched && subscribe(authorization, destination) !== true) {
            throw new Error(`${pattern} is allowed and hears ${destination}, which is denied`);
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect(allowed).toBeGreaterThan(RUNS / 50);
  });

  it.each([
    ['/topic/**', ['/topic/**'], true],
    ['/topic/price.*', ['/topic/price.*'], true],
    ['/topic/price.*', ['/topic/price.{symbol}'], true],
    ['/topic/*', ['/topic/{name}'], true],
    ['/topic/a/*', ['/topic/**'], true],
    ['/topic/a/*', ['/topic/a/b', '/topic/a/**'], true],
    ['/topic/a/*', ['/topic/a/b'], false],
    ['/topic/**', ['/topic/*'], false],
    ['/topic/a?', ['/topic/a*'], false],
  ])('%s, where %j are all that is allowed: %s', (pattern, patterns, isAllowed) => {
    const rules = new MessageSecurityRules().simpSubscribeDestMatchers(...patterns).permitAll();
    expect(subscribe(new MessageAuthorization(rules, '/'), pattern)).toBe(isAllowed);
  });

  it.each(['/topic/**', '/topic/*', '/topic/adm?n', '/topic/{x}', '/topic/admin*', '/topic/*min', '/topic/**/admin'])(
    '%s does not hear of what a rule before denies',
    (pattern) => {
      const rules = new MessageSecurityRules()
        .simpSubscribeDestMatchers('/topic/admin')
        .denyAll()
        .simpSubscribeDestMatchers('/topic*/**')
        .permitAll();
      const authorization = new MessageAuthorization(rules, '/');
      expect(subscribe(authorization, pattern)).toBe(false);
      expect(subscribe(authorization, '/topic/other')).toBe(true);
      expect(subscribe(authorization, '/topic/other*')).toBe(true);
    },
  );
});
