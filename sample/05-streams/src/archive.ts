import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

const PAGE_SIZE = 3;

/** In place of a database with more rows than anybody can read at once. */
@Injectable()
export class Archive {
  pagesRead = 0;

  async page(number: number): Promise<string[]> {
    this.pagesRead++;
    await setTimeout(10);
    return Array.from({ length: PAGE_SIZE }, (_, line) => `row ${number * PAGE_SIZE + line}`);
  }
}
