import { Injectable } from '@nestjs/common';
import { ImError } from '../model/error.js';
import { AccountsService } from './accounts.service.js';

const USERS = [
  { user_id: 'alice', name: 'Alice' },
  { user_id: 'bob', name: 'Bob' },
  { user_id: '小明', name: '小明' },
];

/** The users of the demonstration. */
@Injectable()
export class DemoUsers {
  constructor(private readonly accounts: AccountsService) {}

  async create(): Promise<void> {
    for (const user of USERS) {
      await this.accounts.register({ ...user, password: 'demo' }).catch((error: unknown) => {
        // They are there already.
        if (!(error instanceof ImError && error.code === 'CONFLICT')) throw error;
      });
    }
  }
}
