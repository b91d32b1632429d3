import { createHash, randomUUID } from 'node:crypto';
import type { StsRefusal } from './refusal.ts';

/** The credentials of one assumed role. */
export interface StsSession {
  roleArn: string;
  sessionName: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** The expiry in milliseconds since 1970. */
  expiration: number;
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function assumedRoleXml(
  session: StsSession,
  token: { issuer: string; subject: string; audience: string; sourceIdentity?: string; policies: string[] },
): string {
  const packed = Math.ceil(token.policies.join('').length / 20.48);
  return responseXml('AssumeRoleWithWebIdentity', {
    SubjectFromWebIdentityToken: token.subject,
    Audience: token.audience,
    ...issued(session),
    // AWS omits PackedPolicySize if no policy was passed.
    ...(packed > 0 ? { PackedPolicySize: String(packed) } : {}),
    Provider: token.issuer,
    ...(token.sourceIdentity === undefined ? {} : { SourceIdentity: token.sourceIdentity }),
  });
}

export function chainedRoleXml(session: StsSession): string {
  return responseXml('AssumeRole', issued(session));
}

function issued(session: StsSession): Xml {
  const { arn, id } = assumedRole(session);
  return {
    AssumedRoleUser: { AssumedRoleId: id, Arn: arn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: `${new Date(session.expiration).toISOString().slice(0, 19)}Z`,
    },
  };
}

export function callerIdentityXml(session: StsSession): string {
  const { arn, id, account } = assumedRole(session);
  return responseXml('GetCallerIdentity', { Arn: arn, UserId: id, Account: account });
}

/** Returns the session's ARN, which does not contain the role's path. */
function assumedRole({ roleArn, sessionName }: StsSession) {
  const [, partition, , , account = '', resource = ''] = roleArn.split(':');
  const role = resource.slice(resource.lastIndexOf('/') + 1);
  const id = `AROA${createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase()}`;
  return {
    arn: `arn:${partition}:sts::${account}:assumed-role/${role}/${sessionName}`,
    id: `${id}:${sessionName}`,
    account,
  };
}

type Xml = { [name: string]: string | Xml };

function responseXml(action: string, result: Xml): string {
  return `<${action}Response xmlns="${namespace}">${xml({
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: randomUUID() },
  })}</${action}Response>`;
}

export function errorXml({ code, message, status }: StsRefusal): string {
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  return `<ErrorResponse xmlns="${namespace}">${xml({ Error: error, RequestId: randomUUID() })}</ErrorResponse>`;
}

function xml(node: Xml): string {
  return Object.entries(node)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? escaped(value) : xml(value)}</${name}>`)
    .join('\n');
}

function escaped(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
