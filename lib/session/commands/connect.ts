import { MessagingException } from '../../exceptions/messaging.exception.js';
import { StompException, quote } from '../../exceptions/stomp.exception.js';
import { negotiateHeartBeat } from '../../frame/heart-beat.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import { STOMP_VERSIONS, negotiateVersion } from '../../frame/stomp-version.js';
import type { PrincipalLike } from '../../interfaces/principal.interface.js';
import type { MessageHeaders } from '../../messaging/message.js';
import { ProtectedPasscode } from '../../messaging/protected-passcode.js';
import { HeaderList } from '../../utils/header-list.js';
import { isPromise, then, type MaybePromise } from '../../utils/maybe-promise.js';
import { checkPrincipal, hasExpired } from '../../utils/principal.js';
import type { SessionContext } from '../session-context.js';
import { SessionConnectEvent, SessionConnectedEvent } from '../session-events.js';
import { expired } from '../session-expiry.js';
import type { StompSession } from '../stomp-session.js';

const SERVER = 'nestjs-stomp';

/** CONNECT and STOMP: versions and heart-beats are negotiated, then the client must say who it is. */
export function connect(session: StompSession, frame: StompFrame, context: SessionContext): MaybePromise<void> {
  const acceptVersion = frame.headers.get('accept-version');
  const version = negotiateVersion(acceptVersion);
  if (version === undefined) return refuseVersion(session, frame, acceptVersion!);
  const heartBeat = negotiateHeartBeat(frame.headers.get('heart-beat'), context.heartbeat);
  session.connecting(version);
  return then(authenticate(session, frame, context), (principal) => {
    const message = session.toMessage('CONNECT', frame);
    message.headers.user = principal ?? session.user;
    protectPasscode(message.headers);
    return then(context.inbound.send(message), (sent) => {
      if (sent === null) throw new StompException('STOMP_ERR_ACCESS_DENIED', 'The server refused the connection.');
      // Spring: an interceptor that sets the user of CONNECT decides whose session it is.
      const user = checkPrincipal(sent.headers.user);
      if (hasExpired(user)) throw expired();
      context.events.publish(new SessionConnectEvent(session.id, user, sent));
      if (session.isOver) return;
      context.userSessions.makeRoom(user);
      if (!session.connected(user, heartBeat)) return;
      context.events.publish(new SessionConnectedEvent(session.id, user, sent));
      const [send, receive] = context.heartbeat;
      const headers = new HeaderList().append('version', version).append('heart-beat', `${send},${receive}`);
      if (user) headers.append('user-name', user.name);
      session.send(new StompFrame('CONNECTED', headers.append('session', session.id).append('server', SERVER)));
    });
  });
}

/** Interceptors and listeners to events may well print what they get. */
function protectPasscode(headers: MessageHeaders): void {
  const passcode = headers.nativeHeaders.get('passcode');
  if (passcode === undefined) return;
  const shown = [...headers.nativeHeaders].map(
    ([name, value]) => [name, name === 'passcode' ? 'PROTECTED' : value] as const,
  );
  headers.nativeHeaders = HeaderList.from(shown);
  headers.passcode = new ProtectedPasscode(passcode);
}

function refuseVersion(session: StompSession, frame: StompFrame, acceptVersion: string): void {
  const supported = STOMP_VERSIONS.join(',');
  const error = new StompException(
    'STOMP_ERR_VERSION',
    `The client accepts ${quote(acceptVersion)} only, this server speaks ${supported}.`,
  );
  session.fail(error, frame, [['version', supported]]);
}

function authenticate(
  session: StompSession,
  { headers }: StompFrame,
  context: SessionContext,
): MaybePromise<PrincipalLike | null | undefined | void> {
  const refused = (error: unknown): never => {
    if (error instanceof StompException) throw error;
    const description = context.describeError(error);
    if (description.isUnexpected && !(error instanceof MessagingException)) {
      context.audit.failed('authenticate failed', error);
    }
    throw new StompException('STOMP_ERR_AUTHENTICATION', 'The credentials were not accepted.');
  };
  try {
    const principal = context.authenticate({
      headers,
      login: headers.get('login'),
      passcode: headers.get('passcode'),
      handshake: session.handshake,
      session,
    });
    return isPromise(principal) ? Promise.resolve(principal).catch(refused) : principal;
  } catch (error) {
    return refused(error);
  }
}
