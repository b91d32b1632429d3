import { readFileSync } from 'node:fs';
import { stsEndpoint } from '../aws/sts-endpoint.ts';
import { trustedAuthorities } from '../network/authorities.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { clockSkew } from '../network/clock-skew.ts';
import { proxyFor, shownProxy } from '../network/proxy.ts';
import { proxyVariable } from '../network/proxy-variable.ts';
import { unreachable } from '../network/unreachable.ts';
import { unverifiedTls } from '../network/unverified-tls.ts';
import { discover } from '../oidc/discovery.ts';
import { printable } from '../terminal/printable.ts';
import { type Finding, failed, note, ok, type Patient, warning, wrong } from './finding.ts';

/** AWS refuses signatures that are further off (https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html). */
const awsTolerates = 300;

/** Whether what comes over a connection comes from who it says. */
export function tls({ env }: Patient): Finding[] {
  const unverified = unverifiedTls(env);
  return unverified ? failed('tls', unverified) : [ok('tls', 'certificates are verified')];
}

/** Throws `bad-configuration`. */
export function caBundle({ env, files: { config }, profile }: Patient): Finding[] {
  if (trustedAuthorities(env))
    return [ok('ca-bundle', `AWS_CA_BUNDLE ${printable(env.AWS_CA_BUNDLE ?? '')} is used`)];
  const inProfile = config.profiles.get(profile)?.get('ca_bundle');
  if (!inProfile?.value) return [];
  return [
    note(
      'ca-bundle',
      `ca_bundle (line ${inProfile.line} of ${config.shown}) is used by AWS clients, and not by daypass`,
      `set AWS_CA_BUNDLE=${printable(inProfile.value)} where daypass needs it too`,
    ),
  ];
}

export function extraCa({ env: { NODE_EXTRA_CA_CERTS: extra } }: Patient): Finding[] {
  if (!extra) return [];
  return [
    isReadable(extra)
      ? note(
          'extra-ca',
          'NODE_EXTRA_CA_CERTS is set, which doubles the start of every Node 20 program',
          'AWS_CA_BUNDLE costs nothing where nothing is fetched',
        )
      : warning('extra-ca', `NODE_EXTRA_CA_CERTS ${printable(extra)} cannot be read`, 'correct or unset it'),
  ];
}

export function proxy({ env, context }: Patient): Finding[] {
  const variable = proxyVariable(env);
  if (!variable) return [ok('proxy', 'none is set')];
  if (!context) return [];
  const { hostname, port } = new URL(context.settings.issuer);
  const used = proxyFor(hostname, Number(port) || 443, env);
  const how = used
    ? `the provider is reached through ${shownProxy(used)}`
    : 'the provider is reached without it';
  return [note('proxy', `${variable.name} is set: ${how}`)];
}

export function nodeOptions({ env }: Patient): Finding[] {
  const code = 'node-options';
  const set = ['NODE_OPTIONS', 'NODE_DEBUG'].filter((name) => env[name]);
  if (set.length === 0) return [ok(code, 'none are set')];
  return [note(code, `${set.join(', ')} is set, and acts on daypass as on every Node program`)];
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Throws what discovery throws. */
export async function provider({ context }: Patient): Promise<Finding[]> {
  if (!context) return [];
  const { settings } = context;
  const { metadata, clockSkew: skew } = await discover(settings.issuer);
  const found = [
    ok('provider', `${settings.issuer} answers, and has what a sign-in needs`),
    clock('the provider', skew),
    metadata.code_challenge_methods_supported
      ? ok('pkce', 'the provider supports PKCE')
      : note('pkce', 'the provider does not say whether it supports PKCE (RFC 7636); daypass uses it anyway'),
    metadata.revocation_endpoint
      ? ok('revocation', 'the provider revokes refresh tokens at logout')
      : note('revocation', 'the provider cannot revoke a refresh token at logout, it is only deleted here'),
  ];
  if (settings.deviceCode)
    found.push(
      metadata.device_authorization_endpoint
        ? ok('device-code', 'the provider has device-code sign-in')
        : wrong(
            'device-code',
            `${settings.issuer} has no device-code sign-in`,
            'set daypass_device_code = false',
          ),
    );
  return found;
}

/** Any answer will do: a request without a signature is refused, and that proves the way there. */
export async function sts({ context }: Patient): Promise<Finding[]> {
  if (!context) return [];
  const { settings } = context;
  const endpoint = stsEndpoint(settings);
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const asked = Date.now();
  let response: Response;
  try {
    response = await boundedFetch(endpoint, { method: 'POST', body });
  } catch (error) {
    throw unreachable('sts-unreachable', { peer: `STS at ${endpoint}`, setting: 'region' }, error);
  }
  const skew = clockSkew(response, asked);
  return [ok('sts', `${endpoint} answers`), ...(skew === undefined ? [] : [clock('AWS', skew)])];
}

/** daypass corrects for a wrong clock, AWS clients do not all. */
function clock(whose: string, ahead: number): Finding {
  const code = 'clock';
  if (ahead === 0) return ok(code, `this machine's clock is that of ${whose}`);
  const off = `this machine's clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  const remedy = 'set it right, best by NTP';
  return Math.abs(ahead) > awsTolerates
    ? wrong(code, `${off}: AWS refuses requests from it`, remedy)
    : warning(code, off, remedy);
}
