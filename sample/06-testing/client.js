// Votes, and shows how the poll stands: node sample/06-testing/client.js alice tea
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket }); // Node has one of its own from 22 on
const [name = 'alice', option = 'tea'] = process.argv.slice(2);

const client = new Client({
  brokerURL: `ws://localhost:${process.env.PORT || 8080}/ws`,
  connectHeaders: { login: name },
  reconnectDelay: 0,
  onConnect() {
    client.subscribe('/user/queue/errors', ({ body }) => end(JSON.parse(body).message));
    client.subscribe('/topic/poll', ({ body }) => end(body));
    client.publish({
      destination: '/app/poll/vote',
      body: JSON.stringify({ option }),
      headers: { 'content-type': 'application/json' },
    });
  },
});
client.activate();

function end(text) {
  console.log(text);
  void client.deactivate();
}
