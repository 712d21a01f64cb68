import { render } from 'preact';
import { ImClient } from './core/im-client.js';
import { browserPorts } from './platform/browser-ports.js';
import { App } from './ui/app.js';
import { ClientContext } from './ui/client.js';
import { language } from './ui/i18n.js';
import './styles/main.css';

const client = new ImClient(browserPorts());
client.start();

addEventListener('online', () => client.reconnectNow());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') client.reconnectNow();
});

document.documentElement.lang = language;
render(
  <ClientContext.Provider value={client}>
    <App />
  </ClientContext.Provider>,
  document.querySelector('#app')!,
);
