import type { SettingName } from '../settings/setting-table.ts';
import { lists } from './discovery.ts';

/** A provider that is recognised, and what a new profile and its registration need. */
export interface KnownProvider {
  name: string;
  /** The settings of a new profile, beside issuer and client. */
  settings: Partial<Record<SettingName, string>>;
  /** Returns what to register for these redirect addresses, as an imperative. */
  register: (addresses: string) => string;
  /** The form of its issuer, for a question; one of `configure`'s first choices. */
  issuerForm?: string;
  /** The issuer that all its customers have, or most of them. */
  soleIssuer?: string;
  usualIssuer?: string;
  /** Set if it issues a client secret to desktop apps and requires it with every code (RFC 8252 8.5). */
  clientSecret?: true;
}

/** Metadata as the provider sent it: any field may have any type. */
export type UncheckedMetadata = Readonly<Record<string, unknown>>;

interface Recognised extends KnownProvider {
  issuer?: RegExp;
  /** Fields of the metadata that match all. They recognise it under the customer's own domain. */
  metadata?: Readonly<Record<string, RegExp | string>>;
}

/** The port to register at providers that compare it. */
const fixedPort = '8400';

const knownProviders: readonly Recognised[] = [
  {
    // Desktop apps may use any port of the loopback address. https://developers.google.com/identity/protocols/oauth2/native-app
    name: 'Google',
    issuer: /^https:\/\/accounts\.google\.com$/,
    settings: { authorizeParams: 'access_type=offline&prompt=consent' },
    register: () => 'create the client as a desktop app, which needs no redirect address',
    soleIssuer: 'https://accounts.google.com',
    clientSecret: true,
  },
  {
    // Accepts any port, but only of localhost. https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
    // The clouds: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
    // Most accounts have no email, and preferred_username needs the scope profile. https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    name: 'Microsoft Entra',
    issuer:
      /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|login\.chinacloudapi\.cn|sts\.windows\.net|sts\.chinacloudapi\.cn|[a-z0-9-]+\.ciamlogin\.com)\//,
    metadata: { msgraph_host: /./, cloud_instance_name: /./ },
    settings: { redirectHost: 'localhost', scopes: 'openid profile email offline_access' },
    register: (addresses) => `register ${addresses} in the platform "Mobile and desktop applications"`,
    issuerForm: 'https://login.microsoftonline.com/TENANT-ID/v2.0',
  },
  {
    // Accepts http for localhost only. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    name: 'Amazon Cognito',
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//,
    metadata: { jwks_uri: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\// },
    settings: { redirectHost: 'localhost', redirectPort: fixedPort },
    register: (addresses) => `register ${addresses} as a callback URL of an app client without a secret`,
    issuerForm: 'https://cognito-idp.REGION.amazonaws.com/USER-POOL-ID',
  },
  {
    // https://auth0.com/docs/get-started/applications/application-settings
    // A custom domain is the issuer: https://auth0.com/docs/customize/custom-domains/multiple-custom-domains/sdk-configuration
    name: 'Auth0',
    issuer: /^https:\/\/[a-z0-9.-]+\.auth0\.com\//,
    metadata: { mfa_challenge_endpoint: /\/mfa\/challenge$/ },
    settings: { redirectPort: fixedPort },
    register: (addresses) => `register ${addresses} as an allowed callback URL of a native application`,
    issuerForm: 'https://TENANT.eu.auth0.com/',
  },
  {
    // https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
    // The response mode: https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/CustomAS/
    name: 'Okta',
    issuer: /^https:\/\/[a-z0-9-]+\.(okta|oktapreview|okta-emea|okta-gov)\.com(\/|$)/,
    metadata: { response_modes_supported: 'okta_post_message' },
    settings: { redirectPort: fixedPort },
    register: (addresses) =>
      `register ${addresses} as a sign-in redirect URI of a native app with the grant type refresh token`,
    issuerForm: 'https://COMPANY.okta.com',
  },
  {
    // http://127.0.0.1 stands for every port. https://www.keycloak.org/securing-apps/oidc-layers#_redirect-uris
    name: 'Keycloak',
    metadata: { authorization_endpoint: /\/realms\/[^/]+\/protocol\/openid-connect\/auth$/ },
    settings: {},
    register: (addresses) =>
      `register ${addresses} as a valid redirect URI of a client without client authentication`,
    issuerForm: 'https://HOST/realms/REALM',
  },
  {
    // https://docs.gitlab.com/integration/openid_connect_provider/
    // Ignores the port of a loopback address: https://github.com/doorkeeper-gem/doorkeeper/blob/main/lib/doorkeeper/oauth/helpers/uri_checker.rb
    name: 'GitLab',
    issuer: /^https:\/\/gitlab\.com$/,
    metadata: { jwks_uri: /\/oauth\/discovery\/keys$/, claims_supported: 'sub_legacy' },
    settings: {},
    register: (addresses) =>
      `register ${addresses} for an application that is not confidential, with the scopes openid and email`,
    usualIssuer: 'https://gitlab.com',
  },
  {
    // https://dexidp.io/docs/configuration/custom-scopes-claims-clients/#public-clients
    name: 'Dex',
    metadata: {
      authorization_endpoint: /\/auth$/,
      jwks_uri: /\/keys$/,
      device_authorization_endpoint: /\/device\/code$/,
    },
    settings: {},
    register: () => 'make the client public, without redirectURIs: it may then use any loopback address',
  },
  {
    // Ignores the port of a native application: https://github.com/zitadel/oidc/blob/main/pkg/op/auth_request.go
    // https://zitadel.com/docs/apis/openidoauth/endpoints
    name: 'Zitadel',
    metadata: {
      authorization_endpoint: /\/oauth\/v2\/authorize$/,
      userinfo_endpoint: /\/oidc\/v1\/userinfo$/,
    },
    settings: {},
    register: (addresses) =>
      `register ${addresses} for a native application with the grant type refresh token`,
  },
  {
    // https://docs.goauthentik.io/add-secure-apps/providers/oauth2/
    name: 'authentik',
    metadata: { authorization_endpoint: /\/application\/o\/authorize\/$/ },
    settings: { redirectPort: fixedPort },
    register: (addresses) =>
      `register ${addresses} as a strict redirect URI of a public client with a signing key and the scope offline_access`,
  },
  {
    // Accepts any port: https://docs.pingidentity.com/pingone/applications/p1_wildcard_redirect_uri.html
    name: 'PingOne',
    issuer: /^https:\/\/auth\.pingone\.(com|eu|ca|asia|sg|com\.au)\//,
    metadata: { authorization_endpoint: /\/as\/authorize$/, end_session_endpoint: /\/as\/signoff$/ },
    settings: {},
    register: (addresses) =>
      `register ${addresses} for a native application with the grant type refresh token`,
  },
  {
    // Accepts http for localhost only. https://developers.onelogin.com/openid-connect/connect-to-onelogin
    name: 'OneLogin',
    issuer: /^https:\/\/[a-z0-9-]+\.onelogin\.com\/oidc\//,
    metadata: { authorization_endpoint: /\/oidc\/2\/auth$/ },
    settings: { redirectHost: 'localhost', redirectPort: fixedPort },
    register: (addresses) =>
      `register ${addresses} for an app of the type native, with the token endpoint method none (PKCE)`,
  },
  {
    // https://jumpcloud.com/support/sso-with-oidc
    name: 'JumpCloud',
    issuer: /^https:\/\/oauth\.id\.([a-z]+\.)?jumpcloud\.com\//,
    settings: { redirectPort: fixedPort },
    register: (addresses) =>
      `register ${addresses} for a public client (none PKCE) with the grant type refresh token`,
  },
  {
    // https://learn.microsoft.com/powershell/module/adfs/add-adfsnativeclientapplication
    name: 'AD FS',
    metadata: { authorization_endpoint: /\/adfs\/oauth2\/authorize\/?$/ },
    // The scope profile: https://learn.microsoft.com/windows-server/identity/ad-fs/development/ad-fs-openid-connect-oauth-concepts
    settings: { redirectPort: fixedPort, scopes: 'openid profile email' },
    register: (addresses) => `register ${addresses} as a redirect URI of a native application`,
  },
];

/** Returns the known provider of an issuer or its metadata, or undefined: RFC 8252 and OIDC then apply. */
export function knownProvider(issuer: string, metadata: UncheckedMetadata = {}): KnownProvider | undefined {
  return knownProviders.find(
    (provider) => provider.issuer?.test(issuer) || (provider.metadata && fits(provider.metadata, metadata)),
  );
}

/** Returns whether each field is a text that matches, or a list with the word. */
function fits(wanted: Readonly<Record<string, RegExp | string>>, metadata: UncheckedMetadata): boolean {
  return Object.entries(wanted).every(([field, value]) => {
    const given = metadata[field];
    return typeof value === 'string' ? lists(given, value) : typeof given === 'string' && value.test(given);
  });
}

/** The providers that `configure` offers by name. It recognises the others by their metadata. */
export const offeredProviders: readonly KnownProvider[] = [
  'Okta',
  'Microsoft Entra',
  'Auth0',
  'Amazon Cognito',
  'Google',
  'Keycloak',
  'GitLab',
].flatMap((name) => providerNamed(name) ?? []);

/** Returns the known provider of this name. */
export function providerNamed(name: string): KnownProvider | undefined {
  return knownProviders.find((provider) => provider.name === name);
}

/** Returns whether some known provider needs this value: then `configure` may have written it. */
export function isKnownNeed(name: SettingName, value: string): boolean {
  return knownProviders.some(({ settings }) => settings[name] === value);
}
