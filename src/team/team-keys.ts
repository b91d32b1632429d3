import { valueFault } from '../aws-config/writable-value.ts';
import type { Place } from '../process/expand-path.ts';
import { parseSetting } from '../settings/parse-setting.ts';
import { BadValue, ownParameters, parseChoice } from '../settings/parse-values.ts';
import { type SettingName, spellings } from '../settings/setting-table.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';

// A team's file comes from the network or from a download. So its keys can choose a provider, a client and a
// role, which a person sees in the plan, but no program, no file and no other receiver of tokens.

/** The settings that a team's file may contain. */
const settings = [
  'issuer',
  'clientId',
  'roleArn',
  'scopes',
  'authorizeParams',
  'duration',
  'sessionName',
  'policyArns',
  'region',
  'redirectPort',
  'redirectHost',
  'redirectPath',
] as const satisfies SettingName[];

const byKey = new Map<string, SettingName>(settings.map((name) => [spellings(name).key, name]));

/** The key of a profile that takes the missing settings from another one of the file. */
export const sourceKey = spellings('sourceProfile').key;

export const issuerKey = spellings('issuer').key;
export const roleKey = spellings('roleArn').key;

/** The keys that a team's file may contain. */
export const teamKeys: readonly string[] = [...byKey.keys(), 'output', sourceKey];

/** https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html */
const parseOutput = parseChoice('json', 'yaml', 'yaml-stream', 'text', 'table', 'off');

/** No valid value has more, and the checks of a megabyte take seconds. */
const longest = 8192;

/** Returns why an allowed key must not have this value: `must be …`; undefined if it may. */
export function teamValueFault(key: string, value: string): string | undefined {
  if (value === '') return 'has no value';
  if (value.includes('\n')) return 'must have its value on one line';
  if (value.length > longest) return `must have at most ${longest} characters`;
  try {
    const name = byKey.get(key);
    // No allowed setting is a path.
    const place: Place = { env: {}, home: '/' };
    const parsed = name ? parseSetting(name, value, place) : parseOutput(value);
    if (name === 'authorizeParams') checkParameters(Object.keys(parsed as object));
  } catch (error) {
    if (error instanceof BadValue) return `${error.message}, not "${printable(value, 120)}"`;
    throw error;
  }
  return valueFault(value);
}

/** Some providers ignore the case of a parameter, and some read further ones that name the receiver of the answer. */
function checkParameters(names: readonly string[]): void {
  for (const name of names) {
    if (ownParameters.includes(name.toLowerCase()))
      throw new BadValue(`must not set ${name}, which daypass sets itself`);
    if (/ur[il]|origin|callback/i.test(name))
      throw new BadValue(`must not set ${name}, which could choose who gets the answer`);
  }
}

const program = 'it runs a program';
const elsewhere = 'it could send tokens elsewhere';
const secret = 'it is a secret, and this file is for many people';
const machine = 'it is a choice of each person or machine';
const other = 'it is another way to get credentials, which AWS clients would use instead of daypass';

/** Why other keys are refused, by their names. The first row that matches counts. */
const reasons: readonly [form: RegExp, reason: string][] = [
  [/^(daypass_browser|credential_process|cli_pager)$/, program],
  [
    /^(daypass_sts_endpoint|ca_bundle|services|use_(fips|dualstack)_endpoint|sts_regional_endpoints)$/,
    elsewhere,
  ],
  [/endpoint_url|^ignore_configured_endpoint/, elsewhere],
  [/^(daypass_client_secret|aws_(access_key_id|secret_access_key|session_token|security_token))$/, secret],
  [/^daypass_(log|store|non_interactive|device_code|timeout)$/, machine],
  [/^daypass_policy$/, 'it names a file of the machine'],
  [/^daypass_from$/, 'daypass writes it itself'],
  [/^role_arn$/, `${other}: write daypass_role_arn`],
  [/^source_profile$/, `${other}: write ${sourceKey}`],
  [/^(sso_|web_identity_|login_session)|^(credential_source|external_id|mfa_serial)$/, other],
  [/^(role_session_name|duration_seconds)$/, other],
];

/** Returns why a team's file must not have a key that is not one of `teamKeys`. */
export function foreignKeyFault(key: string): string {
  const reason = reasons.find(([form]) => form.test(key))?.[1];
  const why = reason ?? didYouMean(key, teamKeys);
  return `${printable(key, 60)} is not allowed in a team's file${why ? `: ${why}` : ''}`;
}
