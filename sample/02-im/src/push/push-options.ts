/** When, how and to where devices that are not connected are told of messages. */
export interface PushOptions {
  /** `IM_PUSH_DELAY`: ms that a message waits for an acknowledgement before devices are told of it. @default 2_000 */
  readonly delay: number;
  /** `IM_PUSH_ATTEMPTS`: how often one push is tried; then it is dropped. @default 10 */
  readonly attempts: number;
  /** `IM_PUSH_BACKOFF`: ms before the second attempt; twice as long before each further one, an hour at most. @default 5_000 */
  readonly backoff: number;
  /** `IM_PUSH_TTL`: seconds for which a message is worth a push. @default 86_400 */
  readonly ttl: number;
  /** `IM_PUSH_LIMIT`: how many messages, and how many pushes, may wait; of more, the oldest are dropped. @default 100_000 */
  readonly limit: number;
  /** `IM_PUSH_PREVIEW=1`: pushes say who wrote what, for locked screens too; never of what is encrypted. @default off */
  readonly hasPreview: boolean;
  /** `IM_PUSH_SUBJECT`: whom push services may write to, `mailto:` or `https:`. @default 'mailto:nobody@example.com' */
  readonly subject: string;
  /** `IM_PUSH_HOSTS`: of the push services that are called, with commas between them; their subdomains, too. @default any on the Internet */
  readonly hosts: readonly string[];
  /** `IM_PUSH_LOOPBACK=1`: for tests, a push service on this machine, by plain HTTP. @default off */
  readonly allowsLoopback: boolean;
}

/** @throws Error which names the variable and its value */
export function pushOptions(
  env: NodeJS.ProcessEnv,
  number: (name: string, fallback: number, least?: number) => number,
): PushOptions {
  const subject = env.IM_PUSH_SUBJECT || 'mailto:nobody@example.com';
  if (!/^(?:mailto:[^\s@]+@\S+|https:\/\/\S+)$/.test(subject)) {
    throw new Error(`The variable IM_PUSH_SUBJECT must begin with mailto: or https:, but it is ${subject}.`);
  }
  return {
    delay: number('IM_PUSH_DELAY', 2_000),
    attempts: number('IM_PUSH_ATTEMPTS', 10, 1),
    backoff: number('IM_PUSH_BACKOFF', 5_000, 1),
    ttl: number('IM_PUSH_TTL', 86_400, 1),
    limit: number('IM_PUSH_LIMIT', 100_000, 1),
    hasPreview: env.IM_PUSH_PREVIEW === '1',
    subject,
    hosts: (env.IM_PUSH_HOSTS ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((host) => host !== ''),
    allowsLoopback: env.IM_PUSH_LOOPBACK === '1',
  };
}
