import { BadRequestException, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isWithin } from './model/json-levels.js';

/** More than the content of a message may have, so that it is refused in words of its own. */
const MOST_LEVELS = 128;

/** Refuses what is nested deeper than anything is meant to be: what follows, validation first of all, calls itself for each level. */
export class JsonLevelsPipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    if (type !== 'body' || isWithin(MOST_LEVELS, value)) return value;
    throw new BadRequestException(`A request has at most ${MOST_LEVELS} levels of objects and lists.`);
  }
}
