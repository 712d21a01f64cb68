import { join, resolve } from 'node:path';
import { pushOptions, type PushOptions } from './push/push-options.js';

/** What can be set, by the environment variable that is named with each. */
export interface ImOptions {
  /** `PORT` @default 8080 */
  readonly port: number;
  /** `IM_DATA`: where everything is kept. @default './data' */
  readonly dataFolder: string;
  /** `IM_SECRET`: signs tokens and links. @default a random one, kept in the data folder */
  readonly secret: string | undefined;
  /** `IM_TOKEN_SECONDS`: how long an access token is good for. @default 900 */
  readonly tokenSeconds: number;
  /** `IM_LOGINS_PER_MINUTE`: of one address, and as many registrations. @default 30 */
  readonly loginsPerMinute: number;
  /** `IM_FILE_LIMIT`: bytes of one file. @default 104_857_600 */
  readonly fileSizeLimit: number;
  /** `IM_DEMO=0`: without the users of the demonstration, whose password is `demo`. @default off with `NODE_ENV=production` */
  readonly hasDemoUsers: boolean;
  /** `IM_ADMINS`: the `user_id`s, with commas between them, of those who may speak to everybody; from their registration on. @default nobody */
  readonly admins: readonly string[];
  /** `IM_INBOX_DAYS`: how long events wait for a device that is away; after that it asks the rooms. @default 30 */
  readonly inboxDays: number;
  /** `IM_PRESENCE_GRACE`: ms that a user without a session is still online. @default 15_000 */
  readonly presenceGrace: number;
  /** `IM_PUSH_…`: how devices that are not connected are told of messages. */
  readonly push: PushOptions;
  /** `IM_FAIL_POINT`: for tests of crashes, where the process kills itself. @default never */
  readonly failPoint: FailPoint | undefined;
}

const FAIL_POINTS = ['before-commit', 'after-commit', 'after-receipt'] as const;
export type FailPoint = (typeof FAIL_POINTS)[number];

export const IM_OPTIONS = Symbol('IM_OPTIONS');

/** @throws Error which names the variable and its value */
export function optionsFromEnvironment(env: NodeJS.ProcessEnv = process.env): ImOptions {
  const number = (name: string, fallback: number, least = 0): number => {
    const value = env[name] === undefined || env[name] === '' ? fallback : Number(env[name]);
    if (Number.isInteger(value) && value >= least) return value;
    const given = JSON.stringify(env[name]);
    throw new Error(`The variable ${name} must be a whole number from ${least} on, but it is ${given}.`);
  };
  const failPoint = FAIL_POINTS.find((point) => point === env.IM_FAIL_POINT);
  if (env.IM_FAIL_POINT && !failPoint) {
    throw new Error(`The variable IM_FAIL_POINT must be one of ${FAIL_POINTS.join(', ')}.`);
  }
  return {
    port: number('PORT', 8080),
    dataFolder: resolve(env.IM_DATA || 'data'),
    secret: env.IM_SECRET || undefined,
    tokenSeconds: number('IM_TOKEN_SECONDS', 900),
    loginsPerMinute: number('IM_LOGINS_PER_MINUTE', 30),
    fileSizeLimit: number('IM_FILE_LIMIT', 104_857_600),
    hasDemoUsers: env.IM_DEMO === undefined ? env.NODE_ENV !== 'production' : env.IM_DEMO !== '0',
    admins: (env.IM_ADMINS ?? '').split(',').filter((userId) => userId !== ''),
    inboxDays: number('IM_INBOX_DAYS', 30),
    presenceGrace: number('IM_PRESENCE_GRACE', 15_000),
    push: pushOptions(env, number),
    failPoint,
  };
}

export function databasePath({ dataFolder }: Pick<ImOptions, 'dataFolder'>): string {
  return join(dataFolder, 'im.sqlite');
}
