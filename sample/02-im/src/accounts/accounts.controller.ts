import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { TimelineStore } from '../ports/timeline-store.js';
import { LoginDto, RefreshDto, RegisterDto, UsersQuery } from './accounts.dto.js';
import { AccountsService } from './accounts.service.js';
import { BearerGuard, CurrentUser } from './bearer.guard.js';
import type { ImUser } from './im-user.js';

@Controller('/api')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly store: TimelineStore,
  ) {}

  @Post('/register')
  @UseGuards(ThrottlerGuard)
  async register(@Body() account: RegisterDto) {
    await this.accounts.register(account);
    return { user_id: account.user_id, name: account.name };
  }

  @Post('/login')
  @HttpCode(200)
  @UseGuards(ThrottlerGuard)
  login(@Body() credentials: LoginDto) {
    return this.accounts.login(credentials);
  }

  @Post('/refresh')
  @HttpCode(200)
  refresh(@Body() { refresh_token }: RefreshDto) {
    return this.accounts.refresh(refresh_token);
  }

  @Post('/logout')
  @HttpCode(204)
  @UseGuards(BearerGuard)
  logout(@CurrentUser() user: ImUser) {
    return this.accounts.revoke(user.name, user.deviceId);
  }

  @Get('/devices')
  @UseGuards(BearerGuard)
  async devices(@CurrentUser() user: ImUser) {
    return { devices: await this.store.devices(user.name) };
  }

  @Delete('/devices/:device_id')
  @HttpCode(204)
  @UseGuards(BearerGuard)
  revoke(@CurrentUser() user: ImUser, @Param('device_id') deviceId: string) {
    return this.accounts.revoke(user.name, deviceId);
  }

  @Get('/users')
  @UseGuards(BearerGuard)
  async users(@Query() { q }: UsersQuery) {
    return { users: await this.store.findUsers(q) };
  }
}
