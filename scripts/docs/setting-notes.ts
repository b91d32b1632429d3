import type { SettingName } from '../../src/settings/setting-table.ts';

/** What the table of the code does not say of a setting, in the markup of markup.ts. */
export const settingNotes: Readonly<Record<SettingName, string>> = {
  issuer:
    'It must be the same, byte for byte, at the provider, in IAM and here. AWS IAM accepts only `https` issuers without a port. See [the issuers of known providers](providers/other.md).',
  clientId: 'You register it for daypass at the provider. One public client is enough for all users.',
  clientSecret:
    'Only for a provider that issues a secret to desktop applications. It has no flag, because every process of the machine can read arguments. `daypass configure` asks for it, and writes it only if you type it.',
  roleArn: 'Its partition decides which regions and which console daypass uses.',
  scopes:
    'Commas can separate them too. daypass always requests `openid` as well. Without this setting it leaves out a scope that the provider refuses.',
  authorizeParams:
    'The value is a query string. It cannot set the parameters that daypass sets itself, such as `scope` or `state`.',
  duration:
    'If the role allows less, daypass requests 3600 seconds, which every role allows. Short sessions make some AWS clients run daypass for every request: see [`duration`](troubleshooting.md#duration).',
  sessionName:
    'CloudTrail shows this name for every request. A claim of the ID token is written in braces: `{upn}`. Without this setting daypass uses the first of email, preferred_username, upn, unique_name, name and sub that the provider sends.',
  policyArns:
    'At most 10, separated by blanks or commas. The credentials have no permission that these [session policies](https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session) do not give.',
  policy:
    'The file has one JSON policy. daypass removes the blanks between its words, and STS accepts 2,048 characters of it together with the ARNs of `daypass_policy_arns`. The credentials have no permission that this [session policy](https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session) does not give. daypass reads the file at each call: after a change, the next call gets new credentials, and without a usable file it fails. See [session policies](administrators.md#session-policies).',
  region:
    'It must be a region of the partition of the role. daypass ignores a variable with a region of another partition, or with one that `daypass exec` or `daypass env` set for another profile.',
  stsEndpoint: 'It gets the ID token in place of AWS.',
  caBundle:
    'The value is a PEM file. Its authorities add to those that Node knows, for connections to the provider, to STS and to the console. A relative path begins at the working directory.',
  useFipsEndpoint:
    'In a region without such an endpoint this is an error. `daypass_sts_endpoint` has precedence.',
  useDualstackEndpoint: 'It has IPv4 too. `daypass_sts_endpoint` has precedence.',
  redirectPort:
    'daypass tries the ports of a list in turn. RFC 8252 requires a provider to accept every port of a loopback address. Set this for a provider that insists on exact ports, and register each of them.',
  redirectHost: 'Set `localhost` for a provider that does not accept the number.',
  redirectPath:
    'Providers compare the address as text, so use the path that you registered. `none` is an address without a path.',
  browser:
    'The value is a program with its arguments. daypass appends the link, and uses no shell. Double quotes group words. `none` only prints the link.',
  store:
    'The keychain is that of the system: the Secret Service on Linux, Keychain on macOS, Credential Manager on Windows. `file` stores the session in files under the state directory, which anything that runs as your user can read (mode 0600).',
  sourceProfile:
    'Every setting that this profile does not have comes from that one. See [more roles with one sign-in](configure.md#more-roles-with-one-sign-in).',
  nonInteractive:
    'A call then prints stored credentials or renews them silently, and otherwise fails with [`sign-in-needed`](troubleshooting.md#sign-in-needed).',
  deviceCode:
    'daypass shows an address and a code (RFC 8628), and you sign in on any other device. The provider must support it, and the client must be registered for it.',
  log: 'Every process appends its steps: which server it asked, the answer, and how long it took. The file never contains a token, and gets mode 0600.',
  timeout:
    'Without this setting a call waits until the sign-in ends (5 minutes) if the AWS CLI or a shell on a terminal started it, except on Windows. `daypass login` always does.',
};

/** What a setting means that `descriptions.ts` has no text for, since it has no flag. */
export const settingsWithoutFlag: Readonly<Partial<Record<SettingName, string>>> = {
  clientSecret: 'the secret of the client, if it has one',
  caBundle: "your company's authorities",
  useFipsEndpoint: 'use the FIPS endpoint of STS',
  useDualstackEndpoint: 'use the endpoint of STS with IPv6',
};

/** Defaults that are no single value in the code. */
export const spokenDefaults: Readonly<Partial<Record<SettingName, string>>> = {
  scopes: '`openid email`, and `offline_access` if the provider offers it',
  sessionName: 'the name of the person',
  region: 'that of the partition, such as `us-east-1`',
  redirectPort: 'any free port',
  browser: "the desktop's browser",
};
