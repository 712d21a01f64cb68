import { Body, Controller, Delete, Get, HttpCode, Put, UseGuards } from '@nestjs/common';
import { BearerGuard, CurrentUser } from '../accounts/bearer.guard.js';
import type { ImUser } from '../accounts/im-user.js';
import { CommandsService } from '../commands.service.js';
import { PushProvider } from '../ports/push-provider.js';
import { SubscriptionDto } from './push.dto.js';
import { PushJob } from './push-job.js';

/** Whether a device is told of messages while it is not connected. */
@Controller('/api/push')
@UseGuards(BearerGuard)
export class PushController {
  constructor(
    private readonly provider: PushProvider,
    private readonly commands: CommandsService,
    private readonly job: PushJob,
  ) {}

  /** What a browser needs to subscribe: its `applicationServerKey`. */
  @Get('/key')
  key() {
    return { public_key: this.provider.publicKey };
  }

  @Put('/subscription')
  @HttpCode(204)
  async subscribe(@CurrentUser() { actor }: ImUser, @Body() { endpoint, keys }: SubscriptionDto): Promise<void> {
    const subscription = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
    await this.provider.check(subscription);
    await this.commands.execute('push.subscribe', { actor, subscription });
    this.job.need();
  }

  @Delete('/subscription')
  @HttpCode(204)
  async unsubscribe(@CurrentUser() { actor }: ImUser): Promise<void> {
    await this.commands.execute('push.unsubscribe', { actor });
  }
}
