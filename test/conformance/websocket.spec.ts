import { runConformance } from './suite.js';

describe('STOMP over WebSocket', () => runConformance('websocket'));
