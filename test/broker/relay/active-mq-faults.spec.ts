import { describeFaults } from './fault-rows.js';
import { ActiveMq } from './support/active-mq.js';

// It takes no notice of virtual hosts.
describeFaults('ActiveMQ', () => ActiveMq.start(), { refusal: /refused.*User name \[guest\] or password is invalid/ });
