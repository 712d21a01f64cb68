// Two bidders: the gateway takes their bids, the controller their questions and cheers.
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket }); // Node has one of its own from 22 on

const [alice, bob] = [await enter('alice'), await enter('bob')];

alice.subscribe('/app/auction', alice.heard); // the controller answers
const { amount } = JSON.parse(await next(alice, '/app/auction'));

bid(alice, amount + 10);
await next(alice, '/user/queue/accepted');
bid(bob, amount + 5);
await next(bob, '/user/queue/errors');
bid(bob, amount + 20);
await next(bob, '/user/queue/accepted');
await next(alice, '/user/queue/outbid');

alice.publish({ destination: '/app/cheer', body: 'Well done!' }); // to the controller
await alice.deactivate();
for (let i = 0; i < 4; i++) await next(bob, '/topic/auction');
await bob.deactivate();

function bid(client, amount) {
  client.publish({
    destination: '/app/bid',
    body: JSON.stringify({ amount }),
    headers: { 'content-type': 'application/json' },
  });
}

/** Connects, and listens to all that a bidder may be told. */
function enter(name) {
  return new Promise((resolve, reject) => {
    const client = new Client({
      brokerURL: `ws://localhost:${process.env.PORT || 8080}/ws`,
      connectHeaders: { login: name },
      reconnectDelay: 0,
      onConnect() {
        for (const destination of ['/user/queue/accepted', '/user/queue/errors', '/user/queue/outbid']) {
          client.subscribe(destination, client.heard);
        }
        client.watchForReceipt('here', () => resolve(client));
        client.subscribe('/topic/auction', client.heard, { receipt: 'here' });
      },
      onWebSocketError: reject,
    });
    const messages = [];
    client.heard = (message) => {
      messages.push(message);
      client.wake?.();
    };
    Object.assign(client, { name, messages });
    client.activate();
  });
}

/** Waits for the next message to a destination, and shows it. */
async function next(client, destination) {
  const isIt = ({ headers }) => headers.destination === destination;
  while (!client.messages.some(isIt)) await new Promise((resolve) => (client.wake = resolve));
  const [{ body }] = client.messages.splice(client.messages.findIndex(isIt), 1);
  console.log(`${client.name} ${destination}: ${body}`);
  return body;
}
