import { readFileSync } from 'node:fs';
import { stsEndpoint } from '../aws/sts-endpoint.ts';
import { DaypassError } from '../errors.ts';
import { trustedAuthorities } from '../network/authorities.ts';
import { proxyFor, shownProxy } from '../network/proxy.ts';
import { proxyVariable } from '../network/proxy-variable.ts';
import { networkHint, networkReason } from '../network/reason.ts';
import { boundedFetch } from '../oidc/bounded-fetch.ts';
import { discover } from '../oidc/discovery.ts';
import { printable } from '../printable.ts';
import { type Finding, note, ok, type Patient, warning, wrong } from './finding.ts';

/** AWS refuses signatures that are further off (https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html). */
const awsTolerates = 300;

/** Variables that change what every connection is. Throws `bad-configuration`. */
export function variables({ env, context }: Patient): Finding[] {
  const found: Finding[] = [];
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    found.push({
      ...wrong(
        'tls',
        'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone read the tokens',
        "unset it, and name your company's CA file in AWS_CA_BUNDLE",
      ),
      exitCode: 78,
    });
  }
  if (trustedAuthorities(env))
    found.push(ok('ca-bundle', `AWS_CA_BUNDLE ${printable(env.AWS_CA_BUNDLE ?? '')} is used`));
  const extra = env.NODE_EXTRA_CA_CERTS;
  if (extra) {
    found.push(
      isReadable(extra)
        ? note(
            'extra-ca',
            'NODE_EXTRA_CA_CERTS is set, which doubles the start of every Node 20 program',
            'AWS_CA_BUNDLE costs nothing where nothing is fetched',
          )
        : warning(
            'extra-ca',
            `NODE_EXTRA_CA_CERTS ${printable(extra)} cannot be read`,
            'correct or unset it',
          ),
    );
  }
  const proxy = proxyVariable(env);
  if (proxy && context) {
    const { hostname, port } = new URL(context.settings.issuer);
    const used = proxyFor(hostname, Number(port) || 443, env);
    const how = used
      ? `the provider is reached through ${shownProxy(used)}`
      : 'the provider is reached without it';
    found.push(note('proxy', `${proxy.name} is set: ${how}`));
  }
  const debugging = ['NODE_OPTIONS', 'NODE_DEBUG'].filter((name) => env[name]);
  if (debugging.length > 0)
    found.push(
      note('node-options', `${debugging.join(', ')} is set, and acts on daypass as on every Node program`),
    );
  return found;
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
export async function provider({ context, env }: Patient): Promise<Finding[]> {
  if (!context || env.NODE_TLS_REJECT_UNAUTHORIZED === '0') return [];
  const { settings } = context;
  const { metadata, clockSkew } = await discover(settings.issuer);
  const found = [
    ok('provider', `${settings.issuer} answers, and has what a sign-in needs`),
    ...clock('provider', clockSkew),
  ];
  if (settings.deviceCode && !metadata.device_authorization_endpoint)
    found.push(
      wrong(
        'device-code',
        `${settings.issuer} has no device-code sign-in`,
        'set daypass_device_code = false',
      ),
    );
  if (!metadata.code_challenge_methods_supported)
    found.push(
      note('pkce', 'the provider does not say whether it supports PKCE (RFC 7636); daypass uses it anyway'),
    );
  if (!metadata.revocation_endpoint)
    found.push(
      note('revocation', 'the provider cannot revoke a refresh token at logout, it is only deleted here'),
    );
  return found;
}

/** Any answer will do: a request without a signature is refused, and that proves the way there. */
export async function sts({ context, env }: Patient): Promise<Finding[]> {
  if (!context || env.NODE_TLS_REJECT_UNAUTHORIZED === '0') return [];
  const { settings } = context;
  const endpoint = stsEndpoint(settings);
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const asked = Date.now();
  let response: Response;
  try {
    response = await boundedFetch(endpoint, { method: 'POST', body });
  } catch (error) {
    if (error instanceof DaypassError) throw error;
    const reason = networkReason(error);
    throw new DaypassError('sts-unreachable', `cannot reach STS at ${endpoint}: ${reason}`, {
      hint: networkHint(reason, 'region'),
      cause: error,
    });
  }
  const seconds = Math.round(
    (Date.parse(response.headers.get('date') ?? '') - (asked + Date.now()) / 2) / 1000,
  );
  return [ok('sts', `${endpoint} answers`), ...clock('AWS', Number.isFinite(seconds) ? seconds : 0)];
}

/** daypass corrects for a wrong clock, AWS clients do not all. */
function clock(whose: string, ahead: number): Finding[] {
  if (Math.abs(ahead) <= 30) return [];
  const off = `this machine's clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  const remedy = 'set it right, best by NTP';
  return [
    Math.abs(ahead) > awsTolerates
      ? wrong('clock', `${off}: AWS refuses requests from it`, remedy)
      : warning('clock', off, remedy),
  ];
}
