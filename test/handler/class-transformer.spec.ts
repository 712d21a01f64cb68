import {
  ClassSerializerInterceptor,
  Controller,
  SerializeOptions,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type CallHandler,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import { IsOptional, IsString } from 'class-validator';
import { map, of } from 'rxjs';
import { Message, MessageMapping, Payload, SendTo, SendToUser, SubscribeMapping } from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from './support/start-application.js';
import { startModule, type StartedModule } from './support/start-module.js';

class User {
  readonly name: string;
  @Exclude() readonly password = 'secret';
  @Expose({ groups: ['admin'] }) readonly email: string;

  constructor(name: string) {
    this.name = name;
    this.email = `${name}@example.com`;
  }
}

const RETURNED: [what: string, () => unknown, count: number][] = [
  ['a value', () => new User('alice'), 1],
  ['a promise', () => Promise.resolve(new User('alice')), 1],
  ['an Observable', () => of(new User('alice'), new User('bob')), 2],
  ['a generator', async function* () { yield new User('alice'); yield new User('bob'); }, 2],
]; // prettier-ignore

let returned: () => unknown;

/** Groups of the class. */
@Controller()
@SerializeOptions({ groups: ['admin'] })
@UseInterceptors(ClassSerializerInterceptor)
@SendToUser('/queue/answers')
class AdminController {
  @MessageMapping('/admin')
  @SubscribeMapping('/admin')
  handle() {
    return returned();
  }

  @MessageMapping('/admin/public')
  @SerializeOptions({ groups: ['public'] })
  handlePublic() {
    return returned();
  }
}

/** Groups of the method. */
@Controller()
class UsersController {
  @MessageMapping('/users')
  @SubscribeMapping('/users')
  @SendTo('/topic/users')
  @UseInterceptors(ClassSerializerInterceptor)
  handle() {
    return returned();
  }

  @SubscribeMapping('/users/direct')
  @SerializeOptions({ groups: ['admin'] })
  @UseInterceptors(ClassSerializerInterceptor)
  handleDirectly() {
    return returned();
  }

  @MessageMapping('/users/plain')
  @SerializeOptions({ type: User, groups: ['admin'] })
  @UseInterceptors(ClassSerializerInterceptor)
  plain() {
    return { name: 'alice', password: 'secret', email: 'alice@example.com' };
  }
}

@Controller()
class PlainController {
  @SubscribeMapping('/plain')
  handle() {
    return returned();
  }
}

@Controller()
@UseInterceptors(ClassSerializerInterceptor)
class MessagesController {
  @MessageMapping('/message')
  @SerializeOptions({ groups: ['admin'] })
  handle() {
    return returned();
  }

  @MessageMapping('/message/none')
  @UseInterceptors({
    intercept: (_context: ExecutionContext, next: CallHandler) => next.handle().pipe(map(() => null)),
  })
  drop() {
    return returned();
  }
}

describe('ClassSerializerInterceptor', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [AdminController, UsersController, MessagesController] });
    client = await application.connect('alice');
    for (const destination of ['/user/queue/answers', '/topic/users', '/topic/users/plain', '/topic/elsewhere']) {
      await client.subscribe(destination);
    }
  });

  afterAll(() => application.stop());

  async function answers(destination: string, count = 1): Promise<unknown[]> {
    const values: unknown[] = [];
    while (values.length < count) values.push(await client.nextBody(destination));
    return values;
  }

  const withoutEmail = [{ name: 'alice' }, { name: 'bob' }];
  const withEmail = withoutEmail.map(({ name }) => ({ name, email: `${name}@example.com` }));

  it.each(RETURNED)('takes the groups of the class for %s', async (_what, value, count) => {
    returned = value;
    await client.send('/app/admin');
    expect(await answers('/user/queue/answers', count)).toEqual(withEmail.slice(0, count));
  });

  it.each(RETURNED)('lets the method’s groups replace the class’s for %s', async (_what, value, count) => {
    returned = value;
    await client.send('/app/admin/public');
    expect(await answers('/user/queue/answers', count)).toEqual(withoutEmail.slice(0, count));
  });

  it.each(RETURNED)('leaves out what is in a group if there is none, for %s', async (_what, value, count) => {
    returned = value;
    await client.send('/app/users');
    expect(await answers('/topic/users', count)).toEqual(withoutEmail.slice(0, count));
  });

  it.each(RETURNED)('serves a @SubscribeMapping whose reply is %s', async (_what, value, count) => {
    returned = value;
    await client.subscribe('/app/users/direct');
    expect(await answers('/app/users/direct', count)).toEqual(withEmail.slice(0, count));
  });

  it('serves arrays', async () => {
    returned = () => [new User('alice'), new User('bob')];
    await client.send('/app/admin');
    expect(await answers('/user/queue/answers')).toEqual([withEmail]);
  });

  it('makes what a method returns the type that is named', async () => {
    await client.send('/app/users/plain');
    expect(await answers('/topic/users/plain')).toEqual(withEmail.slice(0, 1));
  });

  it('lets text, numbers and nothing pass', async () => {
    for (const value of ['hi', 42, false]) {
      returned = () => value;
      await client.send('/app/users');
      expect(await nextText(client, '/topic/users')).toBe(String(value));
    }
    returned = () => null;
    await client.send('/app/users');
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it.each([
    ['a Buffer', () => Buffer.from([1, 2, 255])],
    ['a Uint8Array', () => new Uint8Array([0, 1, 2, 255]).subarray(1)],
    ['a stream', () => of(new Uint8Array([1, 2, 255]))],
    ['a Message', () => Message.to('/topic/users', new Uint8Array([1, 2, 255]))],
  ])('lets the bytes of %s pass', async (_what, value) => {
    returned = value;
    await client.send('/app/users');
    const frame = await client.next('MESSAGE');
    expect(frame.headers.get('content-type')).toBe('application/octet-stream');
    expect([...frame.body]).toEqual([1, 2, 255]);
  });

  it('serves the payload of a Message, whose headers go along', async () => {
    returned = () => Message.to('/topic/elsewhere', new User('alice'), { 'x-kind': 'user' });
    await client.send('/app/message');
    const frame = await client.next('MESSAGE');
    expect(frame.headers.get('destination')).toBe('/topic/elsewhere');
    expect(frame.headers.get('x-kind')).toBe('user');
    expect(JSON.parse(frame.body.toString())).toEqual(withEmail[0]);
  });

  it('sends nothing of a Message of which another interceptor has made nothing', async () => {
    returned = () => Message.to('/topic/elsewhere', new User('alice'));
    await client.send('/app/message/none');
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('may be the application’s', async () => {
    const global = await startModule({
      controllers: [PlainController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }],
    });
    returned = () => new User('bob');
    const bob = await global.connect('bob');
    await bob.subscribe('/app/plain');
    expect(await bob.nextBody('/app/plain')).toEqual({ name: 'bob' });
    await global.stop();
  });
});

class Change {
  @Expose() @IsString() name!: string;
  @Expose({ groups: ['admin'] }) @IsOptional() @IsString() role?: string;
}

const byGroups = (...groups: string[]) =>
  new ValidationPipe({ transform: true, transformOptions: { strategy: 'excludeAll', groups } });

@Controller()
@UsePipes(byGroups('admin'))
@SendToUser('/queue/answers', { broadcast: false })
class ChangesController {
  @MessageMapping('/class')
  ofClass(change: Change) {
    return { change, isChange: change instanceof Change };
  }
}

@Controller()
@SendToUser('/queue/answers', { broadcast: false })
class OtherChangesController {
  @MessageMapping('/method')
  @UsePipes(byGroups())
  ofMethod(change: Change) {
    return { change, isChange: change instanceof Change };
  }

  @MessageMapping('/parameter')
  ofParameter(@Payload(byGroups('admin')) change: Change) {
    return { change, isChange: change instanceof Change };
  }
}

describe('ValidationPipe with transformOptions', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [ChangesController, OtherChangesController] });
    client = await application.connect('alice');
    await client.subscribe('/user/queue/answers');
  });

  afterAll(() => application.stop());

  it.each([
    ['of the class', '/app/class', { name: 'bob', role: 'owner' }],
    ['of the method', '/app/method', { name: 'bob' }],
    ['of the parameter', '/app/parameter', { name: 'bob', role: 'owner' }],
  ])('takes the groups %s', async (_where, destination, change) => {
    await client.send(destination, { name: 'bob', role: 'owner', other: 1 });
    expect(await client.nextBody('/user/queue/answers')).toEqual({ change, isChange: true });
  });
});
