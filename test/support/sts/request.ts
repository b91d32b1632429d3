import type { IncomingMessage } from 'node:http';
import { invalidValue, StsRefusal } from './refusal.ts';

export interface StsCall {
  action: string;
  roleArn?: string;
  sessionName?: string;
  durationSeconds?: number;
  policyArns?: string[];
  policy?: string;
  /** `ok`, the error code, `pending` before the answer, or `replaced` if a test's handler answered. */
  outcome: string;
}

/** The received request, unchecked. */
export function recordedCall(parameters: URLSearchParams): StsCall {
  const roleArn = parameters.get('RoleArn');
  const sessionName = parameters.get('RoleSessionName');
  const duration = parameters.get('DurationSeconds');
  const policy = parameters.get('Policy');
  const policyArns = [...parameters].filter(([name]) => isPolicyArn(name)).map(([, value]) => value);
  return {
    action: parameters.get('Action') ?? '',
    ...(roleArn === null ? {} : { roleArn }),
    ...(sessionName === null ? {} : { sessionName }),
    ...(duration === null ? {} : { durationSeconds: Number(duration) }),
    ...(policyArns.length === 0 ? {} : { policyArns }),
    ...(policy === null ? {} : { policy }),
    outcome: 'pending',
  };
}

function isPolicyArn(name: string): boolean {
  return /^PolicyArns\.member\.\d+\.arn$/.test(name);
}

/** Checks the request. Throws `StsRefusal` unless it is one of the query protocol. */
export function assertQueryProtocol(
  { method, url, headers }: IncomingMessage,
  parameters: URLSearchParams,
): void {
  const type = headers['content-type'] ?? '';
  if (method !== 'POST' || url !== '/' || !/^application\/x-www-form-urlencoded\b/.test(type)) {
    throw new StsRefusal('UnknownOperationException', `${method} ${url} is no query request`, 404);
  }
  if (!parameters.get('Action') || parameters.get('Version') !== '2011-06-15') {
    throw new StsRefusal('MissingAction', 'Missing Action, or a Version other than 2011-06-15');
  }
}

/**
 * Returns the parameters of AssumeRoleWithWebIdentity within the limits of the service's model. An unknown or
 * repeated parameter is an error here, although AWS might ignore it. Throws `StsRefusal`.
 */
export function validated(parameters: URLSearchParams, { roleArn, sessionName, ...call }: StsCall) {
  const known = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds'];
  known.push('Policy');
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (seen.has(name) || !(known.includes(name) || isPolicyArn(name))) {
      throw new StsRefusal('ValidationError', `unexpected parameter ${name}`);
    }
    seen.add(name);
  }
  const { durationSeconds = 3600, policyArns = [] } = call;
  if (roleArn === undefined || roleArn.length < 20 || roleArn.length > 2048) {
    throw invalidValue(roleArn ?? 'null', 'roleArn', 'have length between 20 and 2048');
  }
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw new StsRefusal('ValidationError', `${roleArn} is invalid`);
  }
  if (sessionName === undefined || !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw invalidValue(
      sessionName ?? 'null',
      'roleSessionName',
      'satisfy regular expression pattern: [\\w+=,.@-]{2,64}',
    );
  }
  if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > 43_200) {
    throw invalidValue(String(durationSeconds), 'durationSeconds', 'have value between 900 and 43200');
  }
  for (const arn of policyArns) {
    if (
      policyArns.length > 10 ||
      arn.length > 2048 ||
      !/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/./.test(arn)
    ) {
      throw invalidValue(arn, 'policyArns', 'be one of at most 10 policy ARNs');
    }
  }
  const policy = call.policy === undefined ? [] : [call.policy];
  for (const text of policy) {
    if (!/^[\t\n\r\x20-\xff]{1,2048}$/.test(text))
      throw invalidValue(text, 'policy', 'have length less than or equal to 2048');
    if (!isPolicy(text)) throw new StsRefusal('MalformedPolicyDocument', 'Syntax errors in policy.');
  }
  if ([...policy, ...policyArns].join('').length > 2048) {
    throw new StsRefusal('PackedPolicyTooLarge', 'Packed policy consumes 140% of allotted space.');
  }
  return { roleArn, sessionName, durationSeconds, policies: [...policy, ...policyArns] };
}

function isPolicy(text: string): boolean {
  try {
    const { Version, Statement } = JSON.parse(text);
    return (
      /^(2012|2008)-10-17$/.test(Version) &&
      [Statement].flat().every(({ Effect }) => /^(Allow|Deny)$/.test(Effect))
    );
  } catch {
    return false;
  }
}
