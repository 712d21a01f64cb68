import type { AddressInfo } from 'node:net';
import { createApplication } from './create-application.js';
import { optionsFromEnvironment } from './im-options.js';

const options = optionsFromEnvironment();
const app = await createApplication(options);
const { port } = (await app.listen(options.port)).address() as AddressInfo;
console.log(`Open http://localhost:${port} in two browsers: alice, bob and 小明 have the password "demo"`);
