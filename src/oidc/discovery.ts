import type { ServerMetadata } from 'openid-client';
import { DaypassError } from '../errors.ts';
import { clockSkew } from '../network/clock-skew.ts';
import type { ClientSettings } from '../settings/settings.ts';
import { printable } from '../terminal/printable.ts';
import { usableFields } from './answer-fields.ts';
import { isSafeEndpoint } from './endpoint-gate.ts';
import { again, inTheWay, notJson, providerFailed, requestJson } from './network-error.ts';

/** The signature algorithms that STS accepts. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
const stsAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

const neededEndpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
const furtherEndpoints = [
  'revocation_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'end_session_endpoint',
] as const;
const endpointNames = [...neededEndpoints, ...furtherEndpoints];

export interface Discovered {
  metadata: ServerMetadata;
  /** The seconds that the provider's clock is ahead of this machine's; undefined if its answer does not tell. */
  clockAhead: number | undefined;
}

/** The provider has another issuer than the configured one. */
export class IssuerMismatch extends DaypassError {
  /** The issuer in its metadata, unchecked. */
  readonly actual: string;

  constructor(fault: string, hint: string, actual: string) {
    super('issuer-mismatch', fault, { hint });
    this.actual = actual;
  }
}

/**
 * Reads the provider's metadata (OIDC Discovery 4) and checks what a sign-in needs: the issuer byte for byte,
 * safe endpoints, PKCE with S256 if methods are listed, and a signature algorithm that STS accepts.
 * Throws `provider-unreachable`, `provider-failed`, `issuer-mismatch`, `bad-discovery`.
 */
export async function discover(
  { issuer, caBundle }: Pick<ClientSettings, 'issuer' | 'caBundle'>,
  deadline?: number,
): Promise<Discovered> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const asked = Date.now();
  const response = await requestJson('the provider', url, { deadline, caBundle });
  const clockAhead = clockSkew(response, asked);
  const { status } = response;
  if (status !== 200)
    throw providerFailed(`${url} answered ${status}`, status >= 500 || status === 429 ? again : inTheWay);
  const body: unknown = await response.json().catch((cause) => {
    throw notJson(url, cause);
  });
  return { metadata: checkMetadata(body, issuer), clockAhead };
}

function checkMetadata(body: unknown, issuer: string): ServerMetadata {
  const sent = typeof body === 'object' && body !== null ? body : {};
  const metadata = usableFields('metadata', sent) as Partial<ServerMetadata>;
  if (metadata.issuer === undefined)
    throw badDiscovery(`the metadata of ${issuer} is not that of an OIDC provider`);
  // OIDC Discovery 4.3 requires identity, and IAM compares the same bytes.
  if (metadata.issuer !== issuer) {
    const fault = `the provider calls itself "${printable(metadata.issuer)}", not "${issuer}"`;
    // Microsoft's shared addresses name no tenant: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
    const hint = metadata.issuer.includes('{')
      ? "set daypass_issuer to this name with your tenant's id instead of the part in braces"
      : 'if that is your provider, set daypass_issuer to its name, byte for byte, and use the same in IAM';
    throw new IssuerMismatch(fault, hint, metadata.issuer);
  }
  for (const name of neededEndpoints)
    if (!isSafeEndpoint(metadata[name]))
      throw badDiscovery(`the provider's ${name} is missing or not a plain https URL`);
  // A sign-in needs none of these, so an unusable one counts as absent.
  for (const name of furtherEndpoints) if (!isSafeEndpoint(metadata[name])) delete metadata[name];
  if (metadata.require_pushed_authorization_requests && !metadata.pushed_authorization_request_endpoint)
    throw badDiscovery(
      "the provider's pushed_authorization_request_endpoint is missing or not a plain https URL",
    );
  const methods = metadata.code_challenge_methods_supported;
  if (methods !== undefined && !lists(methods, 'S256'))
    throw badDiscovery('the provider does not support PKCE with S256, which daypass needs');
  const listed = metadata.id_token_signing_alg_values_supported ?? ['RS256'];
  const algorithms = stsAlgorithms.filter((algorithm) => lists(listed, algorithm));
  if (algorithms.length === 0)
    throw badDiscovery('the provider signs ID tokens with no algorithm that AWS accepts');
  // In the form that fetch uses, since the rotation of a refresh token is recognised by the token endpoint.
  const endpoints = Object.fromEntries(
    endpointNames.flatMap((name) =>
      metadata[name] === undefined ? [] : [[name, new URL(metadata[name]).href]],
    ),
  );
  // openid-client accepts every listed algorithm, even unsigned and HMAC tokens, so reduce the list.
  return { ...metadata, ...endpoints, issuer, id_token_signing_alg_values_supported: algorithms };
}

/** Returns whether metadata lists a value. Metadata comes from outside, so `values` may have any type. */
export function lists(values: unknown, value: string): boolean {
  return Array.isArray(values) && values.includes(value);
}

function badDiscovery(fault: string): DaypassError {
  const hint = 'check daypass_issuer, then have the provider correct its /.well-known/openid-configuration';
  return new DaypassError('bad-discovery', fault, { hint });
}
