import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';

/** What a client is told when a guard says no: Nest's own words. */
export const FORBIDDEN = 'Forbidden resource';

/** Asks guard after guard until one says no. Waits only for a guard that makes it wait. */
export function canActivate(
  guards: readonly CanActivate[],
  context: ExecutionContext,
  from = 0,
): MaybePromise<boolean> {
  for (let i = from; i < guards.length; i++) {
    const answer = guards[i]!.canActivate(context);
    if (isPromise(answer) || isObservable(answer)) {
      return settle(answer).then((isAllowed) => isAllowed && canActivate(guards, context, i + 1));
    }
    if (!answer) return false;
  }
  return true;
}

async function settle(answer: unknown): Promise<boolean> {
  const value = await answer;
  return Boolean(isObservable(value) ? await lastValueFrom(value) : value);
}
