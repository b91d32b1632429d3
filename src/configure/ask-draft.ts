import { isProfileName, profileNameRule } from '../aws-config/lines.ts';
import type { Profiles } from '../aws-config/parse.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { valueFault } from '../aws-config/writable-value.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import type { IssuerMismatch } from '../oidc/discovery.ts';
import {
  type KnownProvider,
  knownProvider,
  offeredProviders,
  providerNamed,
} from '../oidc/known-providers.ts';
import { parseRoleArn, partitionOfRole } from '../settings/aws-partition.ts';
import { parseSetting } from '../settings/parse-setting.ts';
import { BadValue } from '../settings/parse-values.ts';
import { regionIn } from '../settings/region.ts';
import { type SettingName, settingTable, spellings } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';
import { openSources } from '../settings/sources.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { askAmong, askChoice, askSecret, askText, askYes, tell } from '../terminal/prompts.ts';
import { type Answered, checkIssuer } from './check-issuer.ts';
import type { Answers } from './kept-answers.ts';
import { knownRegions, regionFault } from './known-regions.ts';
import { offers, signInsOf } from './offers.ts';
import type { Draft } from './profile-keys.ts';
import { ordinaryAddress, redirectAddresses, registration } from './registration.ts';
import { typedIssuer, typedRole } from './typed-values.ts';

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
  /** The answers of a start that ^C ended, which are offered again. */
  kept: Answers;
  /** Gets each answer, for the next start. */
  answers: Answers;
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
  const { profile: named, given, kept, answers, files, env, checkProfile } = asking;
  const { profiles } = files.config;
  const values = new Map(given);
  const note = (name: SettingName, value: string) => {
    values.set(name, value);
    answers.values.set(name, value);
  };
  const has = (name: SettingName) => values.has(name);
  // The first question of a new user. Where there are sign-ins or an issuer already, most people want those.
  const hasIssuer = has('issuer') || has('sourceProfile') || env.DAYPASS_ISSUER;
  const isFirst = !hasIssuer && signInsOf(profiles).length === 0;
  let chosen = isFirst ? await askProvider(kept) : undefined;
  // A second ^C must not lose what the first one kept.
  if ((chosen ?? kept.provider) === kept.provider && (named ?? kept.profile) === kept.profile)
    Object.assign(answers, kept, { values: new Map(kept.values) });
  if (chosen !== undefined) answers.provider = chosen;
  const profile = named ?? (await askProfile(files, checkProfile, kept.profile));
  answers.profile = profile;
  const own = profiles.get(profile);
  // The answers for another profile or provider are no defaults for this one.
  const isAgain = (kept.profile ?? profile) === profile && (chosen ?? kept.provider) === kept.provider;
  if (!isAgain) answers.values.clear();
  const current = (name: SettingName) => {
    const { key, env: variables } = spellings(name);
    if (isAgain && kept.values.has(name)) return kept.values.get(name);
    if (name === 'region')
      return (
        own?.get(key)?.value ||
        regionIn({ env, profile, partition: partitionOfRole(values.get('roleArn') ?? '') })
      );
    return own?.get(key)?.value || variables.map((variable) => env[variable]).find(Boolean);
  };
  const others = new Map([...profiles].filter(([name]) => name !== profile));

  if (!has('sourceProfile') && !has('issuer') && !own?.has(spellings('issuer').key)) {
    const source = own?.get(spellings('sourceProfile').key)?.value ?? (await askSource(others));
    if (source) values.set('sourceProfile', source);
  }
  let answered: Answered | undefined;
  if (!has('sourceProfile')) {
    if (chosen === undefined && !has('issuer') && !current('issuer')) {
      chosen = await askProvider(kept);
      answers.provider = chosen;
    }
    const find = (name: SettingName) => values.get(name) ?? own?.get(spellings(name).key)?.value;
    const register = (provider: KnownProvider | undefined) => {
      const { advice, copy } = registration(provider, redirectAddresses(provider, find));
      tell.advice(advice, copy);
    };
    const named = providerNamed(chosen ?? '');
    if (chosen !== undefined) register(named);
    const asked = await askIssuer(
      values.get('issuer'),
      current('issuer'),
      named,
      caBundleOf(profile, asking),
    );
    answered = asked.answered;
    note('issuer', asked.issuer);
    const provider = knownProvider(asked.issuer, answered.metadata) ?? named;
    // A new client, and none or the wrong registration was shown.
    const isNew = own?.get(spellings('issuer').key)?.value !== asked.issuer;
    const isNamed = chosen !== undefined && (!provider || provider.name === named?.name);
    const isOrdinary = !provider && redirectAddresses(undefined, find).join() === ordinaryAddress;
    if (isNew && !isNamed && !isOrdinary) register(provider);
    if (!has('clientId')) {
      const initial = current('clientId');
      const message = 'Client id that the provider gave to daypass';
      note('clientId', await askText({ message, initial, check: faultOf('clientId') }));
    }
    if (provider?.clientSecret && !own?.has(spellings('clientSecret').key)) {
      const question = `Client secret: ${provider.name} issues one to desktop apps, and daypass stores it in ${files.config.shown} (Enter: none)`;
      const secret = await askSecret(question, faultOf('clientSecret'));
      if (secret) values.set('clientSecret', secret);
    }
  }
  if (!has('roleArn')) note('roleArn', await askRole(others, current('roleArn')));
  if (!has('region')) note('region', await askRegion(values.get('roleArn') ?? '', others, current('region')));
  return { profile, values, ...answered, ...(chosen ? { chosenProvider: chosen } : {}) };
}

/** Returns the name of a known provider; empty for another one. */
async function askProvider({ provider }: Answers): Promise<string> {
  const named = offeredProviders.map(({ name }) => ({ value: name, label: name }));
  const options = [...named, { value: '', label: 'another provider' }];
  const initial = options.find(({ value }) => value === provider)?.value;
  return askChoice('Which OIDC provider does your company sign in with?', options, initial);
}

async function askProfile(
  { config }: AwsProfiles,
  checkProfile: (profile: string) => void,
  kept = 'default',
): Promise<string> {
  const check = (name: string) => {
    if (!isProfileName(name)) return profileNameRule;
    try {
      checkProfile(name);
      return undefined;
    } catch (error) {
      return withoutCommand(asDaypassError(error));
    }
  };
  const profile = await askText({ message: 'Profile name', initial: kept, check });
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
  provider: KnownProvider | undefined,
  caBundle: Settings['caBundle'],
): Promise<{ issuer: string; answered: Answered }> {
  // Short where the example is long, so that both fit a line.
  const message = provider ? 'Issuer' : 'Issuer: the address of your OIDC provider';
  const example = provider?.issuerForm ?? (provider ? undefined : settingTable.issuer.example);
  const check = faultOf('issuer');
  let rejected: string | undefined;
  for (let next = given ?? (initial ? undefined : provider?.soleIssuer); ; ) {
    const question = {
      message,
      initial: initial ?? provider?.usualIssuer ?? provider?.soleIssuer,
      example,
      rejected,
      read: typedIssuer,
    };
    const issuer = next ?? (await askText({ ...question, check }));
    next = undefined;
    try {
      return await readIssuer(issuer, caBundle);
    } catch (thrown) {
      const error = asDaypassError(thrown);
      if (error.code === 'interrupted') throw error;
      tell.warning(withoutCommand(error));
      rejected = issuer;
      const { actual } = thrown as Partial<IssuerMismatch>;
      if (actual !== undefined && !check(actual) && (await askYes(`Use ${actual}?`))) next = actual;
    }
  }
}

/** Reads the provider's metadata and says who answers. Throws the errors of `checkIssuer`. */
async function readIssuer(issuer: string, caBundle: Settings['caBundle']) {
  tell.step(`asking ${new URL(issuer).host} …`);
  const answered = await checkIssuer({ issuer, ...(caBundle ? { caBundle } : {}) });
  const name = knownProvider(issuer, answered.metadata)?.name;
  tell.done(name ? `${name} answers` : 'the provider answers');
  return { issuer, answered };
}

async function askRole(others: Profiles, current: string | undefined): Promise<string> {
  const check = faultOf('roleArn');
  const keys = [spellings('roleArn').key, 'role_arn'];
  const label = (arn: string) => {
    const { name, account } = parseRoleArn(arn) ?? { name: arn, account: '' };
    return `${name} in ${account}`;
  };
  const options = current ? [{ value: current, label: label(current) }] : [];
  for (const { value, profile } of offers(others, keys, (arn) => arn !== current && !check(arn)))
    options.push({ value, label: `${label(value)} (profile ${printable(profile)})` });
  const { example } = settingTable.roleArn;
  const message = 'Role to assume';
  const question = { message, initial: current, example, read: typedRole, check };
  if (options.length === (current ? 1 : 0)) return askText(question);
  const typed = (text: string) => {
    const value = typedRole(text);
    return check(value) ? undefined : { value, label: label(value) };
  };
  const placeholder = 'type a part of it, or paste the ARN of another';
  const other = { value: '', label: 'another role' };
  const answer = await askAmong(message, options, { typed, other, placeholder });
  return answer || askText({ message, example, read: typedRole, check });
}

async function askRegion(roleArn: string, others: Profiles, current: string | undefined): Promise<string> {
  const partition = partitionOfRole(roleArn);
  const fault = faultOf('region');
  const check = (region: string) => fault(region) ?? (partition && regionFault(region, partition));
  // A profile may have a region that is newer than this daypass.
  const isUsable = (region: string) => partition?.regions.test(region) ?? true;
  const options = current && isUsable(current) ? [{ value: current, label: current }] : [];
  const isOffered = (region: string) => options.some(({ value }) => value === region);
  for (const { value, profile } of offers(others, ['region'], isUsable))
    if (!isOffered(value)) options.push({ value, label: `${value} (profile ${printable(profile)})` });
  for (const value of partition ? [partition.defaultRegion, ...knownRegions(partition)] : [])
    if (!isOffered(value)) options.push({ value, label: value });
  const message = 'Region';
  const other = { value: '', label: 'another region' };
  return (await askAmong(message, options, { other })) || askText({ message, check });
}

/** Returns a check of values of one setting, which returns their fault. */
export function faultOf(name: SettingName): (value: string) => string | undefined {
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
