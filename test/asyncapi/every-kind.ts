import { Body, Controller, Headers as NestHeaders, Injectable, ParseIntPipe } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { Type } from 'class-transformer';
import { IsArray, IsEnum, IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { Observable, of } from 'rxjs';
import { AsyncApiMessage } from '../../lib/asyncapi/index.js';
import {
  DestinationVariable,
  Header,
  Headers,
  Message,
  MessageExceptionHandler,
  MessageMapping,
  Payload,
  Principal,
  SendTo,
  SendToUser,
  SessionAttributes,
  StompControllerAdvice,
  SubscribeMapping,
} from '../../lib/index.js';

enum Urgency {
  Low,
  High,
}

class Attachment {
  @IsString()
  url!: string;
}

export class ChatMessage {
  @IsString()
  @MaxLength(2_000)
  text!: string;

  @IsOptional()
  @IsEnum(Urgency)
  urgency?: Urgency;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Attachment)
  attachments!: Attachment[];
}

export class Price {
  @IsInt()
  cents!: number;
}

class NoSuchRoom extends Error {}

@Controller()
@MessageMapping('/chat')
export class ChatController {
  @MessageMapping('/{room}')
  @SendTo('/topic/chat.{room}', { echo: false })
  say(
    message: ChatMessage,
    @DestinationVariable('room') _room: string,
    @Header('x-tag') _tags: string[],
    @Header('x-level', { defaultValue: 3 }) _level: number,
    @Header('x-count', ParseIntPipe) _count: number,
    @Header('destination') _destination: string,
    @NestHeaders('x-trace') _trace: string,
    @Headers() _all: object,
    @SessionAttributes('colour') _colour: string,
    _user: Principal,
  ): ChatMessage {
    return message;
  }

  @SubscribeMapping('/{room}/history/{count:[0-9]+}')
  @AsyncApiMessage({ payload: [ChatMessage], summary: 'What has been said' })
  async history(@DestinationVariable('count') _count: number): Promise<ChatMessage[]> {
    return [];
  }

  @SubscribeMapping('/{room}')
  @SendToUser()
  async join(): Promise<object> {
    return {};
  }

  @MessageMapping(['/a', '/b'])
  @SendTo('/topic/a', '/topic/b')
  @SendToUser('/queue/ab')
  several(@Payload('first') _first: string, @Body('second') _second: Price): Observable<number> {
    return of(1);
  }

  @MessageMapping('/files/*/**')
  wild(_bytes: Uint8Array): string {
    return '';
  }

  @MessageMapping('/silent')
  silent(@MessageBody() _anything: unknown): void {}

  @MessageMapping('/raw')
  raw(_message: Message): Buffer {
    return Buffer.alloc(0);
  }

  @MessageExceptionHandler(NoSuchRoom)
  @SendToUser('/queue/errors', { broadcast: false })
  noSuchRoom(error: NoSuchRoom): string {
    return error.message;
  }

  @MessageExceptionHandler()
  forgotten(): void {}
}

@Injectable()
export class PriceService {
  @MessageMapping('/price')
  @SendTo('/topic/prices')
  @AsyncApiMessage({ payload: Price, description: 'One for each change.' })
  async *prices(
    @AsyncApiMessage({ payload: { type: 'string', pattern: '^[A-Z]+$' }, summary: 'A symbol' }) _symbol: string,
  ) {
    yield { cents: 1 };
  }

  @MessageMapping('/logged')
  @SendTo('/topic/logged')
  @AsyncApiMessage({ payload: null })
  logged(): void {}
}

@StompControllerAdvice()
export class Advice {
  @MessageExceptionHandler(TypeError, RangeError)
  @SendTo('/topic/failures')
  failed(): { code: string } {
    return { code: 'x' };
  }
}

/** Every kind of mapping, reply and parameter. */
export const EVERY_KIND = { controllers: [ChatController], providers: [PriceService, Advice] };
