import { readFileSync } from 'node:fs';
import { stsEndpoint } from '../aws/sts-endpoint.ts';
import { trustedAuthorities } from '../network/authorities.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { clockSkew } from '../network/clock-skew.ts';
import { unverifiedTls } from '../network/company-network.ts';
import { proxyFor, proxyVariable, shownProxy } from '../network/proxy.ts';
import { unreachable } from '../network/unreachable.ts';
import { discover } from '../oidc/discovery.ts';
import { printable } from '../terminal/printable.ts';
import {
  type Finding,
  failed,
  note,
  ok,
  type Patient,
  type SettledPatient,
  warning,
  wrong,
} from './finding.ts';

/**
 * The seconds that a clock may be wrong before AWS rejects a signature:
 * https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html
 */
const awsTolerates = 300;

/** Checks that connections verify who answers. */
export function tls({ env }: Patient): Finding | Finding[] {
  const unverified = unverifiedTls(env);
  return unverified ? failed('tls', unverified) : ok('tls', 'certificates are verified');
}

/** Checks the authorities that daypass adds to those of Node. Throws `bad-configuration`. */
export function caBundle({ env, files: { config }, profile }: Patient): Finding | undefined {
  if (trustedAuthorities(env))
    return ok('ca-bundle', `daypass uses AWS_CA_BUNDLE ${printable(env.AWS_CA_BUNDLE ?? '')}`);
  const inProfile = config.profiles.get(profile)?.get('ca_bundle');
  if (!inProfile?.value) return undefined;
  return note(
    'ca-bundle',
    `ca_bundle (${config.shown}:${inProfile.line}) applies to AWS clients, but not to daypass`,
    `if daypass needs it too, set AWS_CA_BUNDLE=${printable(inProfile.value)}`,
  );
}

export function extraCa({ env: { NODE_EXTRA_CA_CERTS: extra } }: Patient): Finding | undefined {
  if (!extra) return undefined;
  try {
    readFileSync(extra);
  } catch {
    return warning(
      'extra-ca',
      `NODE_EXTRA_CA_CERTS ${printable(extra)} cannot be read`,
      'correct or unset it',
    );
  }
  return note(
    'extra-ca',
    'NODE_EXTRA_CA_CERTS is set, which doubles the start time of every Node 20 program',
    'set AWS_CA_BUNDLE instead: daypass reads that only when it connects',
  );
}

export function proxy({ env, context }: Patient): Finding | undefined {
  const variable = proxyVariable(env);
  if (!variable) return ok('proxy', 'no proxy is set');
  if (!context) return undefined;
  const { hostname, port } = new URL(context.settings.issuer);
  const used = proxyFor(hostname, Number(port) || 443, env);
  const how = used ? `through ${shownProxy(used)}` : 'without it';
  return note('proxy', `${variable.name} is set: the provider is reached ${how}`);
}

export function nodeOptions({ env }: Patient): Finding {
  const set = ['NODE_OPTIONS', 'NODE_DEBUG'].filter((name) => env[name]);
  if (set.length === 0) return ok('node-options', 'neither NODE_OPTIONS nor NODE_DEBUG is set');
  return note('node-options', `${set.join(', ')} set: daypass obeys it, as every Node program does`);
}

/** Reads the provider's metadata. Throws what discovery throws. */
export async function provider({ context: { settings } }: SettledPatient): Promise<Finding[]> {
  const { metadata, clockSkew: skew } = await discover(settings.issuer);
  const found = [
    ok('provider', `${settings.issuer} answers, and supports what a sign-in needs`),
    clock('the provider', skew),
    metadata.code_challenge_methods_supported
      ? ok('pkce', 'the provider supports PKCE')
      : note('pkce', 'the provider does not say whether it supports PKCE (RFC 7636); daypass uses it anyway'),
    metadata.revocation_endpoint
      ? ok('revocation', 'the provider supports revocation: logout revokes the refresh token')
      : note('revocation', 'the provider has no revocation endpoint: logout only deletes the refresh token'),
  ];
  if (settings.deviceCode)
    found.push(
      metadata.device_authorization_endpoint
        ? ok('device-code', 'the provider supports device-code sign-in')
        : wrong(
            'device-code',
            `${settings.issuer} has no device-code sign-in`,
            'set daypass_device_code = false',
          ),
    );
  return found;
}

/**
 * Sends STS a request without a signature. Any answer is enough: even a refusal proves that STS can be
 * reached.
 */
export async function sts({ context: { settings } }: SettledPatient): Promise<Finding[]> {
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

/** Compares the clocks. daypass corrects a wrong clock, but not every AWS client does. */
function clock(whose: string, ahead: number): Finding {
  const code = 'clock';
  if (ahead === 0) return ok(code, `this machine's clock agrees with that of ${whose}`);
  const off = `this machine's clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  const remedy = 'set the clock, preferably with NTP';
  return Math.abs(ahead) > awsTolerates
    ? wrong(code, `${off}: AWS rejects requests from this machine`, remedy)
    : warning(code, off, remedy);
}
