export { StompHealthIndicator, type StompHealthLimits } from './stomp-health.indicator.js';
