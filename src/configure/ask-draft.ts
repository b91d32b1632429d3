import { isProfileName, profileNameRule } from '../aws-config/lines.ts';
import type { Profiles } from '../aws-config/parse.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { valueFault } from '../aws-config/writable-value.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { knownProvider, type UncheckedMetadata } from '../oidc/known-providers.ts';
import { parseRoleArn, partitionOfRole } from '../settings/aws-partition.ts';
import { parseSetting } from '../settings/parse-setting.ts';
import { BadValue } from '../settings/parse-values.ts';
import { regionIn } from '../settings/region.ts';
import { type SettingName, settingTable, spellings } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';
import { openSources } from '../settings/sources.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { askChoice, askSecret, askText, tell } from '../terminal/prompts.ts';
import { checkIssuer } from './check-issuer.ts';
import { offers, signInsOf } from './offers.ts';
import type { Draft } from './profile-keys.ts';

/** Checks the values of flags before the first question. Throws `bad-configuration`. */
export function checkGiven(given: Draft['values']): void {
  const faults = [...given].flatMap(([name, value]) => {
    const fault = faultOf(name)(value);
    const { flag, key } = spellings(name);
    return fault ? [`${flag ?? key} ${fault}, not "${printable(value)}"`] : [];
  });
  if (faults.length > 0) {
    throw new DaypassError('bad-configuration', faults, { hint: { advice: 'correct this', again: true } });
  }
}

interface Asking {
  /** Undefined: a question. */
  profile: string | undefined;
  /** Settings that need no question. */
  given: Draft['values'];
  files: AwsProfiles;
  env: NodeJS.ProcessEnv;
  home: string;
  /** Throws the reason why a profile of this name cannot be written. */
  checkProfile: (profile: string) => void;
}

/**
 * Asks for the settings that are not given, offers values from profiles and environment, and reads the
 * provider's metadata. Throws `interrupted`.
 */
export async function askDraft(asking: Asking): Promise<Draft> {
  const { profile: named, given, files, env, checkProfile } = asking;
  const profile = named ?? (await askProfile(files, checkProfile));
  const { profiles } = files.config;
  const own = profiles.get(profile);
  const values = new Map(given);
  const current = (name: SettingName) => {
    const { key, env: variables } = spellings(name);
    if (name === 'region')
      return (
        own?.get(key)?.value ||
        regionIn({ env, profile, partition: partitionOfRole(values.get('roleArn') ?? '') })
      );
    return own?.get(key)?.value || variables.map((variable) => env[variable]).find(Boolean);
  };
  const others = new Map([...profiles].filter(([name]) => name !== profile));

  if (!values.has('sourceProfile') && !values.has('issuer') && !own?.has(spellings('issuer').key)) {
    const source = own?.get(spellings('sourceProfile').key)?.value ?? (await askSource(others));
    if (source) values.set('sourceProfile', source);
  }
  let metadata: UncheckedMetadata | undefined;
  if (!values.has('sourceProfile')) {
    const caBundle = caBundleOf(profile, asking);
    const asked = await askIssuer(values.get('issuer'), current('issuer'), caBundle);
    metadata = asked.metadata;
    values.set('issuer', asked.issuer);
    if (!values.has('clientId')) {
      const initial = current('clientId');
      const message = 'Client id that the provider gave to daypass';
      values.set('clientId', await askText({ message, initial, check: faultOf('clientId') }));
    }
    const provider = knownProvider(asked.issuer, metadata);
    if (provider?.clientSecret && !own?.has(spellings('clientSecret').key)) {
      const question = `Client secret: ${provider.name} issues one to desktop apps, and daypass stores it in ${files.config.shown} (Enter: none)`;
      const secret = await askSecret(question, faultOf('clientSecret'));
      if (secret) values.set('clientSecret', secret);
    }
  }
  if (!values.has('roleArn')) values.set('roleArn', await askRole(others, current('roleArn')));
  if (!values.has('region'))
    values.set('region', await askRegion(values.get('roleArn') ?? '', others, current('region')));
  return { profile, values, metadata };
}

async function askProfile({ config }: AwsProfiles, checkProfile: (profile: string) => void): Promise<string> {
  const check = (name: string) => {
    if (!isProfileName(name)) return profileNameRule;
    try {
      checkProfile(name);
      return undefined;
    } catch (error) {
      return withoutCommand(asDaypassError(error));
    }
  };
  const profile = await askText({ message: 'Profile name', initial: 'default', check });
  if (config.profiles.has(profile)) tell.text(`${profile} exists already: its values are offered`);
  return profile;
}

/** Returns the profile whose sign-in to use; undefined for a separate sign-in. */
async function askSource(others: Profiles): Promise<string | undefined> {
  const signIns = signInsOf(others);
  if (signIns.length === 0) return undefined;
  const options = signIns.map(({ profile, issuer, clientId }) => ({
    value: profile,
    label: `the one of ${printable(profile)}`,
    hint: printable(`${issuer}, client ${clientId}`),
  }));
  const answer = await askChoice('Sign-in', [...options, { value: '', label: 'another provider or client' }]);
  return answer || undefined;
}

/** Returns the authorities that the profile has for TLS already. Throws `usage`, `bad-configuration` or `io`. */
function caBundleOf(profile: string, { given, files, env, home }: Asking): Settings['caBundle'] {
  const flags = new Map([...given, ['profile' as const, profile]]);
  const sources = openSources({ flags, env, home, configuring: true, config: files.config });
  const found = sources.find('caBundle');
  return found && { path: settingTable.caBundle.parse(found.value, { env, home }), origin: found.origin };
}

async function askIssuer(
  given: string | undefined,
  initial: string | undefined,
  caBundle: Settings['caBundle'],
): Promise<{ issuer: string; metadata: UncheckedMetadata }> {
  const message = 'Issuer: the address of your OIDC provider';
  const { example } = settingTable.issuer;
  for (let typed = given; ; typed = undefined) {
    const issuer = typed ?? (await askText({ message, initial, example, check: faultOf('issuer') }));
    try {
      tell.step(`asking ${new URL(issuer).host} …`);
      const metadata = await checkIssuer({ issuer, ...(caBundle ? { caBundle } : {}) });
      const name = knownProvider(issuer, metadata)?.name;
      tell.done(name ? `${name} answers` : 'the provider answers');
      return { issuer, metadata };
    } catch (thrown) {
      const error = asDaypassError(thrown);
      if (error.code === 'interrupted') throw error;
      tell.warning(withoutCommand(error));
      initial = issuer;
    }
  }
}

async function askRole(others: Profiles, current: string | undefined): Promise<string> {
  const check = faultOf('roleArn');
  const keys = [spellings('roleArn').key, 'role_arn'];
  const options: Option[] = current ? [{ value: current }] : [];
  for (const { value, profile } of offers(others, keys, (arn) => arn !== current && !check(arn))) {
    const { name, account } = parseRoleArn(value) ?? { name: value, account: '' };
    options.push({ value, label: `${name} in ${account}`, hint: `profile ${printable(profile)}` });
  }
  const { example } = settingTable.roleArn;
  return askOffered({ message: 'Role to assume', example, check }, options, 'another role');
}

async function askRegion(roleArn: string, others: Profiles, current: string | undefined): Promise<string> {
  const partition = partitionOfRole(roleArn);
  const isUsable = (region: string) => partition?.regions.test(region) ?? true;
  const check = (region: string) =>
    faultOf('region')(region) ?? (isUsable(region) ? undefined : `must be a region of ${partition?.id}`);
  const options: Option[] = current && isUsable(current) ? [{ value: current }] : [];
  const isOther = (region: string) => region !== current && isUsable(region);
  for (const { value, profile } of offers(others, ['region'], isOther))
    options.push({ value, hint: `profile ${printable(profile)}` });
  const last = partition?.defaultRegion;
  if (last && !options.some(({ value }) => value === last)) options.push({ value: last });
  return askOffered({ message: 'Region', check }, options, 'another region');
}

interface Option {
  value: string;
  label?: string;
  /** Where the value comes from; absent for the default. */
  hint?: string;
}

/** Offers existing values, the first for Enter; asks a plain question if there is at most the default. */
async function askOffered(
  question: Parameters<typeof askText>[0],
  options: readonly Option[],
  other: string,
): Promise<string> {
  const [first] = options;
  if (!options.some(({ hint }) => hint)) return askText({ ...question, initial: first?.value });
  const { message } = question;
  return (await askChoice(message, [...options, { value: '', label: other }])) || askText(question);
}

/** Returns a check of values of one setting, which returns their fault. */
function faultOf(name: SettingName): (value: string) => string | undefined {
  return (value) => {
    try {
      parseSetting(name, value, { env: {}, home: '/' });
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      return error.message;
    }
    const fault = valueFault(value);
    if (fault || name !== 'roleArn' || partitionOfRole(value)) return fault;
    return `${parseRoleArn(value)?.partition} is not a partition that daypass supports`;
  };
}

/** Returns faults and advice without a command: the same question follows immediately. */
function withoutCommand({ faults, nextStep }: DaypassError): string {
  const lines = [...faults, ...(nextStep?.advice ? [nextStep.advice] : [])];
  return lines.map((line) => printable(line, longestHint)).join('\n');
}
