import { startRuntime } from '../utils/runtime.js';
import { describeBroker } from './broker-contract.js';

describeBroker('SimpleBroker', (broker, more) => {
  const { runtime, connect } = startRuntime({ broker, ...more });
  return { connect, stop: () => runtime.stop() };
});
