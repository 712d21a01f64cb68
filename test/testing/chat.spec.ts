import { Controller, ForbiddenException, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DestinationVariable, MessageMapping, Principal, SendTo, StompModule } from 'nestjs-stomp';
import { RecordingLogger, StompTestClient, stompMatchers } from 'nestjs-stomp/testing';

@Controller()
class ChatController {
  @MessageMapping('/chat/{room}')
  @SendTo('/topic/chat.{room}')
  say(text: string, @DestinationVariable('room') room: string, @Principal() user: { name: string; roles?: string[] }) {
    if (room === 'staff' && !user.roles?.includes('STAFF')) throw new ForbiddenException('This room is for the staff.');
    return { from: user.name, text };
  }
}

expect.extend(stompMatchers);

describe('The chat', () => {
  const logger = new RecordingLogger();
  let app: INestApplication;
  let alice: StompTestClient;
  let bob: StompTestClient;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [StompModule.forRoot()],
      controllers: [ChatController],
    }).compile();
    app = module.createNestApplication({ logger });
    await app.init();
    alice = await StompTestClient.connect(app, { user: 'alice' });
    bob = await StompTestClient.connect(app, { user: { name: 'bob', roles: ['STAFF'] } });
  });

  afterEach(async () => {
    await app.close();
    expect(logger.errors).toEqual([]);
  });

  it('brings what is said to those who are in the room, and to nobody else', async () => {
    await bob.subscribe('/topic/chat.lobby');
    await alice.send('/app/chat/lobby', 'hello');
    expect(await bob.nextMessage()).toBeFrame(
      'MESSAGE',
      { destination: '/topic/chat.lobby' },
      { from: 'alice', text: 'hello' },
    );
    await expect(alice).toReceiveNothing();
  });

  it('keeps the staff’s room to the staff', async () => {
    await alice.subscribe(alice.errorDestination);
    await bob.subscribe('/topic/chat.staff');
    await expect(alice.send('/app/chat/staff', 'hello')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'This room is for the staff.',
    });
    await expect(bob).toReceiveNothing();
    await bob.send('/app/chat/staff', 'hello');
    expect(await bob.nextBody('/topic/chat.staff')).toEqual({ from: 'bob', text: 'hello' });
  });
});
