// Watches a clock, reads rows at its own pace, and comes back for the news that it has missed.
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket }); // Node has one of its own from 22 on

const client = await connect();

console.log('The clock, until it is unsubscribed:');
await read(client, '/app/clock', {}, 2);

console.log('\nRows, of which 2 may be unacknowledged:');
await read(client, '/app/rows', { ack: 'client', window: '2' }, 5);

console.log('\nThe news, while the client is there:');
const news = read(client, '/topic/news', {}, 1);
client.publish({ destination: '/app/news', body: 'It rains.' });
const { offset, epoch } = (await news).headers;
await client.deactivate();

const reporter = await connect();
reporter.publish({ destination: '/app/news', body: 'It snows.' });
reporter.publish({ destination: '/app/news', body: 'The sun shines.' });
await reporter.deactivate();

console.log(`\nWhat it has missed since number ${offset}:`);
const again = await connect();
await read(again, '/topic/news', { since: offset, epoch }, 2);
await again.deactivate();

function connect() {
  return new Promise((resolve, reject) => {
    const client = new Client({
      brokerURL: `ws://localhost:${process.env.PORT || 8080}/ws`,
      reconnectDelay: 0,
      onConnect: () => resolve(client),
      onStompError: ({ headers }) => reject(new Error(headers.message)),
      onWebSocketError: reject,
    });
    client.activate();
  });
}

/** Subscribes, takes so many messages, and unsubscribes. */
function read(client, destination, headers, count) {
  return new Promise((resolve) => {
    const subscription = client.subscribe(
      destination,
      (message) => {
        console.log(`  ${message.body}${message.headers.recovered ? ', recovered' : ''}`);
        if (headers.ack) message.ack();
        if (--count > 0) return;
        subscription.unsubscribe();
        resolve(message);
      },
      headers,
    );
  });
}
