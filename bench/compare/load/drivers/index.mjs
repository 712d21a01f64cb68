import { mqtt } from './mqtt.mjs';
import { nestGateway } from './nest-gateway.mjs';
import { raw } from './raw.mjs';
import { socketIo } from './socket-io.mjs';
import { stomp } from './stomp.mjs';

export const drivers = { stomp, 'socket-io': socketIo, mqtt, 'nest-gateway': nestGateway, raw };
