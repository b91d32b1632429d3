import { type AccountTrust, accountTrusts } from '../aws/account-trust.ts';
import { iamScript } from '../aws/iam-script.ts';
import { terraformFile } from '../aws/terraform.ts';
import { trustDocuments } from '../aws/trust-documents.ts';
import { daypassProfiles } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import { trustFormats } from '../shell/option-words.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import { chooseProfile } from './choose-profile.ts';
import type { Call } from './command.ts';
import { json } from './json.ts';
import { profileTrusts } from './profile-trusts.ts';

export const help = `daypass trust-policy [PROFILE... | --all] [--any-user] [--format FORMAT]

Prints what an administrator needs so that IAM trusts this issuer, client and
role: the OIDC identity provider and the role's trust policy. They match the
token of your sign-in exactly: its audience, user and tags. Several profiles are
grouped by account, and profiles with one role share its policy.

  --all             every profile that uses daypass
  --any-user        trust every user of this client, which needs no sign-in;
                    refused where anyone in the world can register (Google,
                    GitLab.com, …)
  --format FORMAT   cli: commands of the AWS CLI, which is the default;
                    terraform: a file for Terraform; json: the documents alone,
                    as one line
  --json            the same as --format json
`;

type Format = (typeof trustFormats)[number];

const formats: Record<Format, (accounts: readonly AccountTrust[]) => string> = {
  cli: iamScript,
  terraform: terraformFile,
  json: (accounts) => json(trustDocuments(accounts)),
};

/** Prints all profiles or none, and changes nothing in AWS. Returns 0. Throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const format = formats[formatOf(call)];
  const profiles = await profilesOf(call);
  writeOut(format(accountTrusts(await profileTrusts(profiles, call))));
  return 0;
}

/** Returns the format. Throws `usage`. */
function formatOf({ switches, options }: Call): Format {
  const named = options.get('format');
  const format = trustFormats.find((each) => each === (named ?? (switches.has('json') ? 'json' : 'cli')));
  if (!format)
    throw new DaypassError(
      'usage',
      `--format must be one of ${trustFormats.join(', ')}, not "${printable(named ?? '')}"`,
      { hint: didYouMean(named ?? '', trustFormats) ?? { command: 'daypass trust-policy --help' } },
    );
  if (format !== 'json' && switches.has('json'))
    throw new DaypassError('usage', `--json is --format json, so it does not go with --format ${format}`, {
      hint: 'leave out one of them',
    });
  return format;
}

/** Returns the profiles that are meant, each once; undefined for [default]. Throws `usage`, and as `chooseProfile`. */
async function profilesOf(call: Call): Promise<(string | undefined)[]> {
  const { switches, operands, flags, config } = call;
  const named = [...new Set([flags.get('profile') ?? [], operands].flat())];
  if (switches.has('all')) {
    if (named.length > 0)
      throw new DaypassError('usage', '--all is every profile, so no other can be named', {
        hint: 'leave out --all, or the names',
      });
    const all = daypassProfiles(config());
    return all.length > 0 ? all : [undefined];
  }
  if (named.length > 0) return named;
  // A script reads the documents, so nothing may ask.
  const asks = formatOf(call) === 'json' ? { ...call, switches: new Set([...switches, 'json']) } : call;
  return [await chooseProfile(asks)];
}
