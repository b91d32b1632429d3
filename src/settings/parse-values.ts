import { isAbsolute, join, sep } from 'node:path';
import { expandPath, type Place } from '../process/expand-path.ts';
import { parseRoleArn } from './aws-partition.ts';

/** The error of an unusable value; its message states the rule: `must be …`. */
export class BadValue extends Error {}

/** Accepts https, and http to a literal loopback address, in characters that shells and logs read alike. */
export function parseEndpoint(value: string): string {
  checkUrl(value);
  return value;
}

/**
 * The addresses that tenants share, on each of Microsoft's clouds, and the placeholder of their metadata. Their
 * tokens have the issuer of one tenant. https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 */
const sharedTenant =
  /^https?:\/\/(?:login\.(?:microsoftonline\.(?:com|us|de)|(?:partner\.microsoftonline|chinacloudapi)\.cn|windows\.net|microsoft\.com)|sts\.(?:windows\.net|chinacloudapi\.cn))\/(common|organizations|consumers|(?:\{|%7b)[^/]*)(?:\/|$)/i;

/** Keeps the issuer byte for byte: OIDC Discovery 4.3 and STS compare it as a plain string. */
export function parseIssuer(value: string): string {
  const [, tenant] = sharedTenant.exec(value) ?? [];
  if (tenant) throw new BadValue(`must contain your tenant's id instead of ${tenant}`);
  checkUrl(value);
  if (value.includes('/.well-known/')) throw new BadValue('must be the issuer alone, without /.well-known/…');
  return value;
}

/** Uses a pattern: creating URL objects is too slow for a hit. */
function checkUrl(value: string): void {
  const match =
    /^(https?):\/\/([A-Za-z0-9.-]+|\[[A-Fa-f0-9.:]+\])(?::\d+)?(?:\/[A-Za-z0-9._~%!*+,=:@/-]*)?$/.exec(value);
  if (!match || !URL.canParse(value))
    throw new BadValue('must be a plain https:// URL without user, query or fragment');
  const [, scheme, host = ''] = match;
  if (scheme === 'http' && host !== '127.0.0.1' && host !== '[::1]')
    throw new BadValue('must begin with https:// (http:// is for 127.0.0.1 and [::1])');
}

/** Returns a parser that accepts text of one form. */
function parser(form: RegExp, rule: string): (value: string) => string {
  return (value) => {
    if (!form.test(value)) throw new BadValue(rule);
    return value;
  };
}

/** Accepts any printable ASCII without blanks, as client ids and client secrets have no common form. */
export const parseClientId = parser(/^[\x21-\x7e]{1,256}$/, 'must be printable ASCII without blanks');

/** Accepts what STS accepts as RoleSessionName, or the name of a claim in braces. */
export const parseSessionName = parser(
  /^([\w+=,.@-]{2,64}|\{[\w.:/-]{1,128}\})$/,
  'must be 2 to 64 of A-Z a-z 0-9 _ + = , . @ -, or a claim of the ID token such as {email}',
);

const regionForm = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** Accepts any text in the form of a region; whether the partition has it is checked later. */
export const parseRegion = parser(regionForm, 'must look like eu-west-1');

export function isRegion(text: string): boolean {
  return regionForm.test(text);
}

/** Accepts the ARN of an IAM role. */
export function parseRole(value: string): string {
  if (!parseRoleArn(value)) throw new BadValue('must look like arn:aws:iam::123456789012:role/NAME');
  return value;
}

/** Splits RFC 6749 3.3 scope tokens; adds `openid`, without which the provider returns no ID token. */
export function parseScopes(value: string): string[] {
  const scopes = value.split(/[\s,]+/).filter(Boolean);
  if (!scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)))
    throw new BadValue('must be scope names, separated by blanks');
  return [...new Set(['openid', ...scopes])];
}

/** The authorization parameters that daypass sets itself; settings and endpoints must not contain them. */
export const ownParameters: readonly string[] = [
  'client_id',
  'client_secret',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
];

/** Splits a query string into parameters of the authorization request. */
export function parseAuthorizeParams(value: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of value.split('&').filter(Boolean)) {
    const [name, encoded = ''] = splitOnce(pair);
    const content = decoded(encoded);
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || !/^[\x20-\x7e]{0,1024}$/.test(content))
      throw new BadValue('must look like prompt=consent&login_hint=ada@example.com');
    if (ownParameters.includes(name)) throw new BadValue(`must not set ${name}, which daypass sets itself`);
    // OIDC Core 3.1.2.1: the ID token's auth_time is compared with it.
    if (name === 'max_age' && !/^\d{1,9}$/.test(content)) throw new BadValue('must give max_age in seconds');
    if (Object.hasOwn(parameters, name)) throw new BadValue(`must not name ${name} twice`);
    parameters[name] = content;
  }
  return parameters;
}

/** Splits `name=value` at the first equals sign; without one the value is undefined. */
export function splitOnce(text: string): [name: string, value?: string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Decodes a value of a form (application/x-www-form-urlencoded). */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new BadValue('must have each % followed by two hexadecimal digits');
  }
}

/** Splits a list of policy ARNs; STS accepts at most 10. */
export function parsePolicyArns(value: string): string[] {
  const arns = value.split(/[\s,]+/).filter(Boolean);
  if (arns.length > 10) throw new BadValue('must be at most 10 ARNs');
  if (!arns.every((arn) => /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\x21-\x7e]{1,1900}$/.test(arn)))
    throw new BadValue('must be ARNs like arn:aws:iam::aws:policy/ReadOnlyAccess');
  return arns;
}

/** Returns a parser for a whole number of `unit` from `low` to `high`. */
export function parseWholeNumber(low: number, high: number, unit: string): (value: string) => number {
  return (value) => {
    const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= low && number <= high)) throw new BadValue(`must be ${low} to ${high} ${unit}`);
    return number;
  };
}

/** Splits a list of ports. */
export function parsePorts(value: string): number[] {
  const ports = value.split(/[\s,]+/).filter(Boolean);
  if (ports.length === 0) throw new BadValue('must be a port or a list of ports');
  const numbers = ports.map(parseWholeNumber(1, 65535, '(a port)'));
  // The redirect address would contain it, but the Host header of a browser would not.
  if (numbers.includes(80)) throw new BadValue('must not be 80, which browsers leave out of an address');
  return numbers;
}

/** Accepts a path without empty segments and without `.` and `..`; `none` is an address without a path. */
export function parseRedirectPath(value: string): string {
  if (value === 'none') return '';
  // Providers compare the address as text, so http://localhost and http://localhost/ are two addresses.
  if (!/^(\/|(\/(?!\.\.?(\/|$))[\w.~-]+)+)$/.test(value))
    throw new BadValue('must look like /callback, or be / or none');
  return value;
}

/** Splits a command at blanks; double quotes group words, and a backslash is literal. `none`: no browser. */
export function parseBrowser(value: string, place: Place): 'none' | [program: string, ...args: string[]] {
  if (value === 'none') return 'none';
  if ((value.match(/"/g)?.length ?? 0) % 2) throw new BadValue('must close its double quotes');
  const words = value.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const [program, ...args] = words.map((word) => word.replaceAll('"', ''));
  if (!program) throw new BadValue('must be a program, or none');
  return [expandPath(program, place), ...args];
}

/** Returns a parser that accepts only these words. */
export function parseChoice<const Choice extends string>(...choices: Choice[]): (value: string) => Choice {
  return (value) => {
    const choice = choices.find((candidate) => candidate === value);
    if (!choice) throw new BadValue(`must be ${choices.join(' or ')}`);
    return choice;
  };
}

/** Accepts true, yes, on, 1 and false, no, off, 0 in any case. */
export function parseBoolean(value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true;
  if (/^(false|no|off|0)$/i.test(value)) return false;
  throw new BadValue('must be true or false');
}

/** Accepts true and false in any case, as the AWS SDKs for Go and JavaScript do. botocore reads all else as false. */
export function parseAwsBoolean(value: string): boolean {
  if (!/^(true|false)$/i.test(value)) throw new BadValue('must be true or false');
  return value.toLowerCase() === 'true';
}

/** Expands a path as `expandPath` does. As for the AWS CLI, a relative one begins at the caller's directory. */
export function parseBundle(value: string, place: Place): string {
  const path = expandPath(value, place);
  if (isAbsolute(path)) return path;
  try {
    return join(process.cwd(), path);
  } catch {
    throw new BadValue('must be an absolute path, since the working directory was deleted');
  }
}

/** Expands a path as `expandPath` does. A relative path would depend on the caller's directory. */
export function parsePath(value: string, place: Place): string {
  const path = expandPath(value, place);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it refuses them
  if (!/^([/\\]|[A-Za-z]:[/\\])/.test(path) || /[\x00-\x1f]/.test(path))
    throw new BadValue(`must be an absolute path, or begin with ~${sep}`);
  return path;
}
