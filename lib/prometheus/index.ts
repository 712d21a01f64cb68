export { PROMETHEUS_CONTENT_TYPE, prometheusText, type PrometheusLabels } from './prometheus-text.js';
