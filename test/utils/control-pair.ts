import { setTimeout as delay } from 'node:timers/promises';
import type { RawClientOptions, RawStompClient } from './raw-stomp-client.js';
import type { WireKind } from './wires.js';

export const CONTROL = '/topic/control';
/**
 * How long anybody may have to wait because of somebody else, in milliseconds of this process's own time: a machine that is busy
 * with other things does not count.
 */
const PATIENCE = 2_000;
/** How much the process may grow meanwhile, attackers and all, in bytes. */
const GROWTH = 400 * 2 ** 20;

/** Where the pair can meet. */
export interface AttackedServer {
  connect(version?: string, headers?: string, options?: RawClientOptions): Promise<RawStompClient>;
}

/** A pair of well-behaved clients: nothing that others do may lose, double, mix up or hold up what they say to each other. */
export class ControlPair {
  readonly #talk: Promise<void>;
  readonly #size = process.memoryUsage.rss();
  #isOver = false;
  #worst = 0;
  #largest = 0;

  private constructor(
    private readonly sender: RawStompClient,
    private readonly receiver: RawStompClient,
  ) {
    this.#talk = this.#run();
  }

  static async start(server: AttackedServer, wire: WireKind = 'websocket'): Promise<ControlPair> {
    const connect = () => server.connect('1.2', '', { wire });
    const [sender, receiver] = [await connect(), await connect()];
    await receiver.subscribe('s', CONTROL);
    return new ControlPair(sender, receiver);
  }

  async isUnharmed(): Promise<void> {
    this.#isOver = true;
    await this.#talk;
    expect(this.receiver.take()).toEqual([]);
    expect(this.#worst).toBeLessThan(PATIENCE);
    expect(this.#largest - this.#size).toBeLessThan(GROWTH);
    this.sender.terminate();
    this.receiver.terminate();
  }

  async #run(): Promise<void> {
    for (let number = 0; number < 10 || !this.#isOver; number++) {
      const start = process.cpuUsage();
      await this.sender.receipt(`SEND\ndestination:${CONTROL}\n\n${number}\0`);
      expect(await this.receiver.body()).toBe(String(number));
      const { user, system } = process.cpuUsage(start);
      this.#worst = Math.max(this.#worst, (user + system) / 1_000);
      this.#largest = Math.max(this.#largest, process.memoryUsage.rss());
      await delay(1);
    }
  }
}
