import { readFileSync } from 'node:fs';
import { stsEndpoint, stsPeer } from '../aws/sts-endpoint.ts';
import type { Context } from '../context.ts';
import { bundleInUse, trustedAuthorities } from '../network/authorities.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { clockSkew } from '../network/clock-skew.ts';
import { unverifiedTls } from '../network/company-network.ts';
import { ignoredProxies, proxyFor, proxyVariable, shownProxy } from '../network/proxy.ts';
import { unreachable } from '../network/unreachable.ts';
import { discover } from '../oidc/discovery.ts';
import { callersEnvironment, engineOptions, riskyNodeOptions } from '../process/node-options.ts';
import { awsTolerates, clockRemedy } from '../session/clock.ts';
import { unset } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { clockDifference } from '../terminal/time-span.ts';
import { type Finding, type Findings, failed, note, ok, type Patient, warning, wrong } from './finding.ts';

/** Checks that connections verify who answers. */
export function tls({ env }: Patient): Findings {
  const unverified = unverifiedTls(env);
  return unverified ? failed(unverified) : ok('certificates are verified');
}

/** Checks the authorities that daypass adds to those of Node. Throws `bad-configuration`. */
export function caBundle(patient: Patient): Findings {
  const { env, context } = patient;
  const empty = emptyBundle(patient);
  const bundle = bundleInUse(context?.settings.caBundle, env);
  if (!bundle) return empty;
  trustedAuthorities(bundle, env);
  return [
    ok(`daypass trusts the authorities in ${printable(bundle.path)}, which ${bundle.origin} names`),
    ...empty,
  ];
}

/** Warns of an empty bundle: botocore then verifies nothing. daypass treats it as unset. */
function emptyBundle({ env, files: { config }, profile }: Patient): Finding[] {
  const { value, line } = config.profiles.get(profile)?.get('ca_bundle') ?? {};
  const [name, used] =
    env.AWS_CA_BUNDLE === undefined
      ? [`ca_bundle (${config.shown}:${line})`, value]
      : ['AWS_CA_BUNDLE', env.AWS_CA_BUNDLE];
  if (used !== '') return [];
  const fault = `${name} is empty: the AWS CLI and boto3 then verify no certificate`;
  return [warning(fault, `remove ${name}, or have it name a PEM file`)];
}

export function extraCa({ env: { NODE_EXTRA_CA_CERTS: extra } }: Patient): Findings {
  if (!extra) return undefined;
  try {
    readFileSync(extra);
  } catch {
    return warning(
      `NODE_EXTRA_CA_CERTS ${printable(extra)} cannot be read`,
      'correct or remove NODE_EXTRA_CA_CERTS',
    );
  }
  return note(
    'NODE_EXTRA_CA_CERTS is set, which doubles the start time of every Node 20 program',
    'set AWS_CA_BUNDLE instead: daypass reads that only when it connects',
  );
}

export function proxy({ env, context }: Patient): Findings {
  const others = ignoredProxies(env).map(({ name }) =>
    note(
      `${name} is not the address of an HTTP proxy: daypass ignores it, as the AWS CLI does`,
      'if daypass needs a proxy, set HTTPS_PROXY=http://host:port',
    ),
  );
  const variable = proxyVariable(env);
  if (!variable) return others.length > 0 ? others : ok('no proxy is set');
  if (!context) return others;
  const { hostname, port } = new URL(context.settings.issuer);
  const used = proxyFor(hostname, Number(port) || 443, env);
  const how = used ? `through ${shownProxy(used)}` : 'without it';
  return [...others, note(`${variable.name} is set: the provider is reached ${how}`)];
}

/** Names the options that could put text before the credentials, or see them. */
export function nodeOptions({ env }: Patient): Finding {
  if (process.versions.bun) return bunOptions(env);
  const risky = riskyNodeOptions(callersEnvironment(env)).join(', ');
  if (risky && !riskyNodeOptions(env).length)
    return note(`NODE_OPTIONS has ${risky}; the launcher drops that, because it may run code or print`);
  if (risky)
    return warning(
      `NODE_OPTIONS has ${risky}, which may run code in daypass or print before the credentials`,
      `remove ${risky} from NODE_OPTIONS where AWS clients run, or configure with the launcher, which drops such options`,
    );
  const set = ['NODE_OPTIONS', 'NODE_DEBUG'].filter((name) => env[name]);
  if (set.length === 0) return ok('neither NODE_OPTIONS nor NODE_DEBUG is set');
  return note(`${set.join(', ')} set: daypass obeys it, as every Node program does`);
}

/** The same in the single executable, which is no Node. */
function bunOptions(env: NodeJS.ProcessEnv): Finding {
  const names = engineOptions(env).map((name) => printable(name));
  if (names.length === 0) return ok('no variable changes this executable; it ignores NODE_OPTIONS');
  return warning(
    `${names.join(', ')} set: options of the engine, which may slow daypass down, end it, or print before the credentials`,
    `where AWS clients run, ${unset(...names)}`,
  );
}

/** Reads the provider's metadata. Throws what discovery throws. */
export async function provider({ settings }: Context): Promise<Finding[]> {
  const { metadata } = await discover(settings);
  const pkce = metadata.code_challenge_methods_supported
    ? ok('the provider supports PKCE')
    : note('the provider does not say whether it supports PKCE (RFC 7636); daypass uses it anyway');
  const revocation = metadata.revocation_endpoint
    ? ok('the provider supports revocation: logout revokes the refresh token')
    : note('the provider has no revocation endpoint: logout only deletes the refresh token');
  const deviceCode = metadata.device_authorization_endpoint
    ? ok('the provider supports device-code sign-in')
    : wrong(`${settings.issuer} has no device-code sign-in`, 'set daypass_device_code = false');
  const found: Finding[] = [
    ok(`${settings.issuer} answers, and supports what a sign-in needs`),
    { code: 'pkce', ...pkce },
    { code: 'revocation', ...revocation },
  ];
  return settings.deviceCode ? [...found, { code: 'device-code', ...deviceCode }] : found;
}

/** Sends STS a request without a signature. Even a refusal proves that STS can be reached. */
export async function sts({ settings }: Context): Promise<Finding[]> {
  const endpoint = stsEndpoint(settings);
  const { caBundle } = settings;
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const asked = Date.now();
  let response: Response;
  try {
    response = await boundedFetch(endpoint, { method: 'POST', body }, { caBundle });
  } catch (error) {
    throw unreachable('sts-unreachable', { ...stsPeer(settings), caBundle }, error);
  }
  const skew = clockSkew(response, asked);
  const reached = ok(`${endpoint} answers`);
  return skew === undefined ? [reached] : [reached, { code: 'clock', ...clock(skew) }];
}

/** Compares the clocks. daypass corrects a wrong clock, but not every AWS client does. */
function clock(ahead: number): Finding {
  if (ahead === 0) return ok(`this machine's clock agrees with that of AWS`);
  const off = `this machine's clock is ${clockDifference(ahead)} ${ahead > 0 ? 'behind' : 'ahead of'} that of AWS`;
  const remedy = clockRemedy();
  return Math.abs(ahead) > awsTolerates
    ? wrong(`${off}: AWS rejects requests from this machine`, remedy)
    : warning(off, remedy);
}
