import { Controller, Logger } from '@nestjs/common';
import { MessageMapping, SendTo, SubscribeMapping } from 'nestjs-stomp';
import { finalize, map, timer, type Observable } from 'rxjs';
import { Archive } from './archive.js';

@Controller()
export class StreamController {
  readonly #logger = new Logger(StreamController.name);

  constructor(private readonly archive: Archive) {}

  /** An Observable: each item is sent when it comes, until the client unsubscribes or is gone. */
  @SubscribeMapping('/clock')
  clock(): Observable<string> {
    return timer(0, 1_000).pipe(
      map(() => new Date().toISOString()),
      finalize(() => this.#logger.log('A clock has stopped.')),
    );
  }

  /** An async generator: with `ack:client` no page is read before the client has acknowledged what it was sent. */
  @SubscribeMapping('/rows')
  async *rows(): AsyncGenerator<string> {
    try {
      for (let page = 0; ; page++) yield* await this.archive.page(page);
    } finally {
      this.#logger.log(`A reader has left; ${this.archive.pagesRead} pages were read so far.`);
    }
  }

  /** What goes to /topic/news is kept for those who come back, as the options say. */
  @MessageMapping('/news')
  @SendTo('/topic/news')
  publish(text: string): string {
    return text;
  }
}
