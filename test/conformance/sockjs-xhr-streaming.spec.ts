import { runConformance } from './suite.js';

describe('STOMP over SockJS, xhr-streaming transport', () => runConformance('sockjs-xhr-streaming'));
