import { render } from 'preact';
import { ImClient } from './core/im-client.js';
import { browserPorts } from './platform/browser-ports.js';
import { onNotificationOpened } from './platform/browser-push.js';
import { App } from './ui/app.js';
import { ClientContext } from './ui/client.js';
import { language } from './ui/i18n.js';
import { go } from './ui/route.js';
import './styles/main.css';

const client = new ImClient(browserPorts());
client.start();

addEventListener('online', () => client.reconnectNow());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') client.reconnectNow();
});

onNotificationOpened((roomId) => go({ roomId }));

document.documentElement.lang = language;
render(
  <ClientContext.Provider value={client}>
    <App />
  </ClientContext.Provider>,
  document.querySelector('#app')!,
);
