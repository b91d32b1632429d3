import { iamFault, iamRemedy } from '../aws/identity-provider.ts';
import { stsEndpoint } from '../aws/sts-endpoint.ts';
import type { AwsFile } from '../aws-config/config-file.ts';
import { profileHeader } from '../aws-config/lines.ts';
import { processLine } from '../aws-config/profiles.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../aws-config/rivals.ts';
import { spellingFaults } from '../aws-config/spelling.ts';
import type { Context } from '../context.ts';
import { partitionOfRole } from '../settings/aws-partition.ts';
import { ignoredRegions } from '../settings/region.ts';
import { originKey } from '../settings/setting-table.ts';
import { unset, unsetHint } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { accessTo } from './access.ts';
import { type Finding, type Findings, note, ok, type Patient, warning, wrong } from './finding.ts';

/** Reports lines that some AWS client cannot read, and a client secret that other users can. */
export function configFile({ files: { config, credentials }, profile }: Patient): Findings {
  const found: Finding[] = [];
  for (const file of [config, credentials]) {
    const { shown, refusals, faults } = file;
    for (const { line, text, others } of refusals) {
      const clients = `the AWS CLI and boto3 reject the whole file${others ? `. ${others}` : ''}`;
      found.push(wrong(`${shown}:${line}: ${text}: ${clients}`, `correct ${shown}:${line}`));
    }
    const misread = faults.filter(
      (fault) => fault.profile !== profile && !refusals.some(({ line }) => line === fault.line),
    );
    const header = file === config ? profileHeader(profile) : `[${profile}]`;
    const spelling = spellingFaults(profile, header, file);
    for (const { line, text } of [...misread, ...spelling])
      found.push(warning(`${shown}:${line}: ${text}`, `correct ${shown}:${line}`));
  }
  const { shown } = config;
  const secret = [...config.profiles.values()].some((keys) => keys.has('daypass_client_secret'));
  if (secret) found.push(...whoMayRead(config));
  return found.length > 0 ? found : ok(`AWS clients read ${shown} as daypass does`);
}

/** Reports others who may read a file with a client secret. */
function whoMayRead({ path, shown }: AwsFile): Finding[] {
  const { others, command } = accessTo(path);
  if (!others) {
    const fault = `${shown} has a client secret, and who may read it cannot be checked here`;
    return [note(fault, { advice: 'to see who may', command })];
  }
  if (others.length === 0) return [];
  return [warning(`${others.join(', ')} may read ${shown}, which has a client secret`, { command })];
}

/** Says from which team's file the profile came. */
export function teamFile({ files: { config }, profile }: Patient): Findings {
  const { value } = config.profiles.get(profile)?.get(originKey) ?? {};
  if (!value) return undefined;
  return ok(`${printable(value)} (to compare: daypass status --check-updates)`);
}

/** Reports the keys and variables that AWS clients would use instead of daypass. */
export function rivals(patient: Patient): Findings {
  const { files, env, profile } = patient;
  const shown = { config: files.config.shown, credentials: files.credentials.shown };
  const found = profileRivals(profile, { ...files, env }, processLine(profile, files)?.value).map((rival) => {
    const report = rival.place === 'environment' ? warning : wrong;
    return report(rivalFault(rival, shown), rivalRemedy(rival, profile, shown));
  });
  const other = env.AWS_DEFAULT_PROFILE;
  if (other && other !== profile)
    found.push(
      warning(
        `AWS_DEFAULT_PROFILE=${printable(other)}: without a --profile flag boto3 and C++ use that profile, even before AWS_PROFILE, and the AWS CLI and CDK use it if AWS_PROFILE is not set`,
        unsetHint('AWS_DEFAULT_PROFILE'),
      ),
    );
  return found.length > 0 ? found : ok('nothing: no AWS client uses other credentials instead of daypass');
}

/** Checks that AWS clients find a region. daypass itself can use that of the partition. */
export function region({ files: { config, credentials }, env, profile, context }: Patient): Finding[] {
  const inFiles = [config, credentials].map(({ profiles }) => profiles.get(profile)?.get('region')?.value);
  const used = [env.AWS_REGION, env.AWS_DEFAULT_REGION, ...inFiles].find(Boolean);
  if (!used)
    return [note('the profile has no region for AWS clients', 'add a line like "region = eu-west-1" to it')];
  // The fault of the settings may be this region.
  if (!context) return [];
  const unusable = ignored(context);
  return unusable.length > 0 ? unusable : [ok(`AWS clients use ${printable(used)}`)];
}

function ignored({ settings: { region, roleArn, profile }, env }: Context): Finding[] {
  return ignoredRegions({ env, profile, partition: partitionOfRole(roleArn) }).map(
    ({ name, region: other, why }) =>
      note(
        `${name}=${printable(other)} ${why}: daypass ignores it, and uses ${region}`,
        `AWS clients use it: ${unset(name)}, or name the region with --region`,
      ),
  );
}

/** Checks that IAM accepts the issuer as an identity provider. Another STS may have other rules. */
export function issuer({ settings }: Context): Finding {
  const fault = iamFault(settings.issuer);
  if (!fault) return ok('AWS IAM accepts the issuer');
  return settings.stsEndpoint ? note(fault) : warning(fault, iamRemedy);
}

/** Checks that sessions are long enough: short ones make some AWS clients run daypass for every request. */
export function duration({ settings: { duration: seconds } }: Context): Finding {
  if (seconds >= 1800) return ok(`sessions last ${seconds} s`);
  return warning(
    `sessions last ${seconds} s: AWS CLI, boto3 and .NET run daypass for every request once 15 minutes are left`,
    'set daypass_duration = 3600 or more, and allow the role as much',
  );
}

/** The seconds after which Go's SDK, and with it Terraform and rclone, kills a credential_process. */
const goKillsAfter = 60;

/** Checks that a call has 2 s left to print its error before Go's SDK kills it. */
export function timeout({ settings: { timeout: seconds, timeoutGiven } }: Context): Finding {
  const longer = timeoutGiven ? '' : ', longer for the AWS CLI on a terminal';
  if (seconds <= goKillsAfter - 2) return ok(`a call waits ${seconds} s for a sign-in${longer}`);
  return warning(
    `a call waits ${seconds} s for a sign-in, but Go's SDK, Terraform and rclone kill it after ${goKillsAfter} s`,
    'set daypass_timeout = 55, or sign in with daypass login, which waits until the sign-in ends',
  );
}

/** Reports the endpoints that AWS clients use and daypass does not, and what chose the STS of daypass. */
export function endpoints({ env, files: { config }, profile, context }: Patient): Finding[] {
  const keys = config.profiles.get(profile);
  const found = [
    ...['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].filter((name) => env[name]),
    ...['endpoint_url', 'services'].flatMap((key) => {
      const entry = keys?.get(key);
      return entry?.value ? [`${key} (${config.shown}:${entry.line})`] : [];
    }),
  ];
  const ofClients = `${found.join(', ')} set: AWS clients use it, but daypass does not, because it would send the ID token there`;
  const findings = [
    ...(found.length > 0 ? [note(ofClients, 'for a private STS, set daypass_sts_endpoint')] : []),
    ...(context ? stsChoice(context) : []),
  ];
  return findings.length > 0 ? findings : [ok('no endpoint is overridden')];
}

/** Reports the settings that choose a FIPS or dual-stack host of STS. */
function stsChoice({ settings }: Context): Finding[] {
  const { stsOrigins, stsEndpoint: explicit } = settings;
  if (!stsOrigins) return [];
  const set = `${stsOrigins.join(' and ')} set`;
  return [
    explicit
      ? note(`${set}: AWS clients use it, but daypass asks the STS in daypass_sts_endpoint, ${explicit}`)
      : note(`${set}: daypass asks ${stsEndpoint(settings)}`),
  ];
}

export function oldSdks({ env }: Patient): Finding {
  if (env.AWS_SDK_LOAD_CONFIG)
    return ok('AWS_SDK_LOAD_CONFIG is set: the old AWS SDKs read the config file too');
  return note(
    'programs with the old AWS SDKs for Go (v1) and JavaScript (v2) do not read the config file',
    'set AWS_SDK_LOAD_CONFIG=1 for them, or run them with daypass exec',
  );
}
