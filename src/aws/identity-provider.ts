import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

type Role = Pick<Settings, 'issuer' | 'roleArn'>;

/** Google is part of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
const builtIn = 'https://accounts.google.com';

/** Issuers of providers where anyone in the world can get an account. */
const openToAnyone: readonly { name: string; issuer: RegExp }[] = [
  { name: 'Google', issuer: /^https:\/\/accounts\.google\.com$/ },
  // https://docs.gitlab.com/integration/openid_connect_provider/
  { name: 'GitLab.com', issuer: /^https:\/\/gitlab\.com$/ },
  // The tenant of all consumer accounts: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
  {
    name: 'Microsoft (consumer accounts)',
    issuer: /^https:\/\/[^/]+\/9188040d-6c67-4c5b-b112-36a304b66dad(\/|$)/i,
  },
];

/** Returns the name of the provider if anyone in the world can register there. */
export function openProvider(issuer: string): string | undefined {
  return openToAnyone.find((provider) => provider.issuer.test(issuer))?.name;
}

/** Returns whether IAM knows the provider, so that no identity provider is created for it. */
export function isBuiltIn(issuer: string): boolean {
  return issuer === builtIn;
}

/**
 * Returns why IAM rejects an issuer, or undefined.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function iamFault(issuer: string): string | undefined {
  // A default port, which a URL object would leave out, is a port too.
  const { port } = /^https:\/\/[^/]*?(?<port>:\d+)?(\/|$)/.exec(issuer)?.groups ?? {};
  if (!issuer.startsWith('https://')) return `AWS IAM accepts only https issuers, not ${issuer}`;
  return port ? `AWS IAM accepts no issuer with a port, as in ${issuer}` : undefined;
}

/** What to do about `iamFault`. */
export const iamRemedy =
  'have the provider use an issuer like https://login.example.com, on port 443, without the port';

/** Returns the issuer as ARNs and condition keys name it: without its scheme, otherwise byte for byte. */
export function issuerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/** Returns the ARN of an identity provider: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
export function identityProviderArn({ issuer, roleArn }: Role): string {
  const { partition, account } = parseRoleArn(roleArn) ?? {};
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerName(issuer)}`;
}

/** Returns the principal of a trust policy: the ARN, or the name of a provider that is part of IAM. */
export function federatedPrincipal(role: Role): string {
  return isBuiltIn(role.issuer) ? issuerName(role.issuer) : identityProviderArn(role);
}
