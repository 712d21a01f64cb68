import { runConformance } from './suite.js';

describe('STOMP over SockJS, WebSocket transport', () => runConformance('sockjs-websocket'));
