import { Injectable } from '@nestjs/common';
import { CloseCode, StompException, type ConnectRequest } from 'nestjs-stomp';
import { ImError } from '../model/error.js';
import { AuthenticationService } from './authentication.service.js';
import { bearerOf } from './bearer.guard.js';
import type { ImUser } from './im-user.js';

/** Who connects: the token of a device, in `Authorization` or as the passcode, and the device that it was made for. */
@Injectable()
export class StompAuthentication {
  constructor(private readonly authentication: AuthenticationService) {}

  /** @throws StompException which closes with 4401: log in, or refresh the token, and connect again */
  async authenticate({ headers, passcode }: ConnectRequest): Promise<ImUser> {
    const user = await this.#verify(bearerOf(headers.get('Authorization')) ?? passcode);
    const deviceId = headers.get('device-id');
    if (deviceId === user.deviceId) return user;
    throw refused(`The header device-id must name the device of the token, ${user.deviceId}.`);
  }

  async #verify(token: string | undefined): Promise<ImUser> {
    try {
      return await this.authentication.authenticate(token);
    } catch (error) {
      throw error instanceof ImError ? refused(error.message) : error;
    }
  }
}

function refused(message: string): StompException {
  return new StompException('STOMP_ERR_AUTHENTICATION', message, CloseCode.SessionEnded);
}
