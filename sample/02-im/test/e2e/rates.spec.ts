import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';

describe('The server', () => {
  let server: ImServer;

  beforeAll(async () => {
    server = await ImServer.start({ IM_MESSAGES_PER_SECOND: '10', IM_QUERIES_PER_SECOND: '20' });
  }, 30_000);

  afterAll(() => server.remove());

  afterEach(() => {
    ImClient.disconnectAll();
    expect(server.complaints).toEqual([]);
  });

  it.each<[string, object, number]>([
    ['history', {}, 60],
    ['room', {}, 60],
    ['rooms', {}, 20],
    ['sync', { rooms: {} }, 20],
    ['presence', { watch: [] }, 20],
    ['recall', { seq: 1 }, 30],
    ['pin', { seq: 1 }, 30],
    ['hide', { lo: 1, hi: 1 }, 30],
    ['read', { seq: 1 }, 30],
    ['mute', { until: 0 }, 30],
  ])('refuses who asks for im.%s too fast, on all of their devices together', async (what, body, burst) => {
    const phone = await ImClient.login(server, 'alice', 'phone');
    const desk = await ImClient.login(server, 'alice', 'desk');
    const { roomId } = await phone.createRoom('flood', []);
    const isRequest = ['history', 'room', 'rooms', 'sync'].includes(what);
    const ask = async (device: ImClient, index: number) => {
      const whole = { client_msg_id: `${what}-${index}`, room_id: roomId, ...body };
      return isRequest ? device.ask(`/app/im.${what}`, whole) : device.command(`/app/im.${what}`, whole);
    };
    const asked = Array.from({ length: 2 * burst }, (_, index) => ask(index % 2 ? phone : desk, index));
    const failed = (await Promise.allSettled(asked)).flatMap((result) => ('reason' in result ? [result.reason] : []));
    const limited = failed.filter(({ code }) => code === 'RATE_LIMITED');
    expect(limited.length).toBeGreaterThanOrEqual(burst / 4);
    expect(limited.length).toBeLessThanOrEqual(burst);
    for (const reason of limited) {
      expect(reason).toMatchObject({ retryable: true, retry_after_ms: expect.any(Number) });
    }
    await desk.ask('/app/im.search', { q: 'still connected' });
  });
});
