// stomp-broker-js, a STOMP broker for Node. It has no handlers of an application and no users.
import http from 'node:http';
import StompServer from 'stomp-broker-js';

const server = http.createServer();
export const broker = new StompServer({ server, path: '/ws', heartbeat: [10_000, 10_000] });
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
