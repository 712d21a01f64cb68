import { randomBytes } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Post, UnauthorizedException } from '@nestjs/common';
import { StompSessionRegistry } from 'nestjs-stomp';
import { find, tokenFor, verify } from './users.js';

@Controller()
export class LoginController {
  constructor(private readonly sessions: StompSessionRegistry) {}

  @Post('login')
  login(@Body('name') name: string, @Body('password') password: string): { token: string } {
    if (find(name).password !== password) throw new UnauthorizedException();
    return { token: tokenFor(name) };
  }

  @Post('logout')
  @HttpCode(204)
  logout(@Headers('authorization') authorization?: string): void {
    const user = verify(authorization?.replace('Bearer ', ''));
    user.key = randomBytes(32); // first, since a client that is told to go may come again at once
    this.sessions.closeUser(user.name);
  }
}
