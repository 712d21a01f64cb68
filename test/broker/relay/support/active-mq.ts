import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireDebianPackage } from '../../../utils/debian.js';
import { BrokerProcess } from './broker-process.js';
import { freePorts } from './free-ports.js';

const HOME = '/usr/share/activemq';
const JAR = `${HOME}/bin/activemq.jar`;

const configuration = (folder: string, port: number): string => `\
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans-2.0.xsd
    http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" useJmx="false" brokerName="stomp" dataDirectory="${folder}/data">
    <plugins><simpleAuthenticationPlugin><users>
      <authenticationUser username="guest" password="guest" groups="guests"/>
    </users></simpleAuthenticationPlugin></plugins>
    <persistenceAdapter><kahaDB directory="${folder}/data/kahadb" journalMaxFileLength="4mb"/></persistenceAdapter>
    <transportConnectors><transportConnector name="stomp" uri="stomp://127.0.0.1:${port}?transport.tcpNoDelay=true"/></transportConnectors>
  </broker>
</beans>
`;

/** An ActiveMQ of the test's own, with STOMP alone, on the loopback only: its folder and port are nobody else's. */
export class ActiveMq {
  private constructor(
    private readonly folder: string,
    private readonly server: BrokerProcess,
    readonly port: number,
  ) {}

  static async start(): Promise<ActiveMq> {
    if (!existsSync(JAR)) requireDebianPackage('activemq');
    const [port] = (await freePorts(1)) as [number];
    const folder = mkdtempSync(join(tmpdir(), 'stomp-activemq-'));
    for (const name of ['conf', 'data']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'activemq.xml'), configuration(folder, port));
    const args = [
      '-Xmx384m',
      ...['java.base/java.lang', 'java.base/java.util'].flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      `-Dactivemq.home=${HOME}`,
      `-Dactivemq.base=${folder}`,
      `-Dactivemq.conf=${folder}/conf`,
      `-Dactivemq.data=${folder}/data`,
      `-Djava.io.tmpdir=${folder}`,
      ...['-jar', JAR, 'start', `xbean:file:${folder}/activemq.xml`],
    ];
    const broker = new ActiveMq(folder, new BrokerProcess('java', args, {}, port), port);
    await broker.restart();
    return broker;
  }

  /** Starts it again, with what it had stored. */
  restart(): Promise<void> {
    return this.server.start();
  }

  /** As an operator stops it. */
  halt(): Promise<void> {
    return this.server.stop();
  }

  /** As a power failure does. */
  kill(): Promise<void> {
    return this.server.kill();
  }

  freeze(): void {
    this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
  }

  async stop(): Promise<void> {
    await this.server.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
