import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { logger: ['fatal', 'error', 'warn'] });
app.enableShutdownHooks();
const { port } = (await app.listen(process.env.PORT || 8080)).address();
console.log(`Listening at http://localhost:${port}; in another terminal: node sample/06-testing/client.js`);
