import { NestFactory } from '@nestjs/core';
import { SimpMessagingTemplate, StompModule } from '../../dist/index.js';

process.on('disconnect', () => process.exit());

const { size, perMessageDeflate } = JSON.parse(process.argv[2]);
const app = await NestFactory.create(StompModule.forRoot({ transport: { perMessageDeflate } }), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const template = app.get(SimpMessagingTemplate);

/** JSON as applications send it: the same names again and again, values that differ. */
function bodyOf(message) {
  const orders = [];
  for (let i = message, length = 2; length < size; i++) {
    const order = {
      id: (i * 7_919) % 100_003,
      symbol: `S${(i * 31) % 997}`,
      price: ((i * 1.234_5) % 100).toFixed(4),
      user: `user ${(i * 13) % 1_000}`,
      at: 1_700_000_000_000 + i * 977,
      isOpen: i % 3 > 0,
    };
    length += JSON.stringify(order).length + 1;
    orders.push(order);
  }
  return orders;
}

const bodies = Array.from({ length: 64 }, (_, i) => bodyOf(i * 1_000));
let published = 0;
let start = process.cpuUsage();
process.on('message', async ({ publish, isMeasured }) => {
  if (isMeasured) start = process.cpuUsage();
  for (let i = 0; i < publish; i++) {
    template.convertAndSend('/topic/orders', bodies[published++ % bodies.length]);
    await new Promise(setImmediate);
  }
  const { user, system } = process.cpuUsage(start);
  process.send({ cpu: (user + system) / 1e6 });
});
process.send({ port: app.getHttpServer().address().port });
