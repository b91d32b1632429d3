import type { DaypassError } from '../errors.ts';
import type { CredentialsRecord } from '../session/records.ts';

/** An answer of the endpoint. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Returns the credentials in the form of the container credentials provider. */
export function credentialsAnswer({ credentials, roleArn }: CredentialsRecord): Answer {
  return answer(200, {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: credentials.expiration,
    RoleArn: roleArn,
    AccountId: roleArn.split(':')[4],
  });
}

/** Returns an error of daypass: the clients that read the body show Code and Message. */
export function errorAnswer({ code, faults, hint }: DaypassError): Answer {
  const message = [`daypass: ${code}: ${faults.join('; ')}`, ...(hint ? [`hint: ${hint}`] : [])].join('; ');
  return answer(403, { Code: code, Message: message });
}

/** Returns the answer to a request that breaks a rule. */
export function refusalAnswer(status: number, reason: string): Answer {
  const { headers, ...rest } = answer(status, {
    Code: 'refused',
    Message: `daypass refused this request: ${reason}`,
  });
  return { ...rest, headers: { ...headers, ...(status === 405 ? { Allow: 'GET' } : {}) } };
}

function answer(status: number, content: object): Answer {
  const body = JSON.stringify(content);
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body,
  };
}
