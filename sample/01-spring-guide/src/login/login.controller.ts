import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Get, Post, Redirect, Req, Res } from '@nestjs/common';
import { cookieFor, NO_COOKIE, userOf } from './login-cookie.js';

/** Says who you are, for the user form of the page. No password: this is a demonstration. */
@Controller()
export class LoginController {
  @Get('login')
  whoAmI(@Req() request: IncomingMessage): { name: string | null } {
    return { name: userOf(request)?.name ?? null };
  }

  @Post('login')
  @Redirect('/', 303)
  login(@Body('username') username: unknown, @Res({ passthrough: true }) response: ServerResponse): void {
    const name = typeof username === 'string' ? username.trim().slice(0, 64) : '';
    response.setHeader('Set-Cookie', name ? cookieFor(name) : NO_COOKIE);
  }

  @Post('logout')
  @Redirect('/', 303)
  logout(@Res({ passthrough: true }) response: ServerResponse): void {
    response.setHeader('Set-Cookie', NO_COOKIE);
  }
}
