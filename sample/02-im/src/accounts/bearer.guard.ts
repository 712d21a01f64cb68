import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { AuthenticationService } from './authentication.service.js';
import type { ImUser } from './im-user.js';

type AuthenticatedRequest = Request & { user: ImUser };

/** Whoever has a good token in `Authorization: Bearer …`. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(private readonly authentication: AuthenticationService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.user = await this.authentication.authenticate(bearerOf(request.headers.authorization));
    return true;
  }
}

export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): ImUser => context.switchToHttp().getRequest<AuthenticatedRequest>().user,
);

export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(header ?? '')?.[1];
}
