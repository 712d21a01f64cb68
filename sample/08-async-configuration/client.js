// Reports the weather, hears it, and looks at what operators see. It finds the server as configured in .env.
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';

Object.assign(globalThis, { WebSocket }); // Node has one of its own from 22 on
const { PORT, STOMP_PATH = '/stomp', REGION = 'north' } = process.env;
const address = `localhost:${PORT || 8080}`;

const client = new Client({
  brokerURL: `ws://${address}${STOMP_PATH}`,
  reconnectDelay: 0,
  onConnect({ headers }) {
    console.log(`connected; heart-beats of the server: ${headers['heart-beat']}`);
    client.subscribe(`/topic/weather.${REGION}.bergen`, ({ headers, body }) => {
      console.log(`${body} (number ${headers.offset} in its history)`);
      void look();
    });
    client.publish({ destination: `/app/${REGION}/weather/bergen`, body: '12' });
  },
  onWebSocketError: ({ message }) => console.error(message),
});
client.activate();

async function look() {
  const metrics = await (await fetch(`http://${address}/metrics`)).text();
  console.log(metrics.match(/^stomp_(?:sessions_connected|subscriptions) .*$/gm).join('\n'));
  const health = await (await fetch(`http://${address}/health`)).json();
  console.log(`${health.status}: ${JSON.stringify(health.details)}`);
  await client.deactivate();
}
