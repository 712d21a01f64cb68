import { describeFaults } from './fault-rows.js';
import { RabbitMq } from './support/rabbit-mq.js';

let rabbitMq: RabbitMq;

describeFaults('RabbitMQ', async () => (rabbitMq = await RabbitMq.start()), {
  refusal: /refused.*Access refused for user 'guest'/,
  unknownHost: /refused.*nowhere/,
  // It writes that there is a queue some two seconds after it was declared, or when it is told to.
  queuesStored: async () => void (await rabbitMq.control('eval', 'mnesia:sync_log().')),
});
