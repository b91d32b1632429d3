// Keys and variables make clients ignore daypass, and `doctor` names exactly those clients: case C16 of
// docs/threats.md.
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ClientRun, type ClientStage, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { newest } from './required.ts';

/** The name of each client, and the name that `doctor` uses. */
const clients = [
  ['AWS CLI', 'AWS CLI and boto3'],
  ['boto3', 'AWS CLI and boto3'],
  ['JavaScript v3, default chain', 'JavaScript'],
  ['Go v1', 'Go'],
  ['Go v2', 'Go'],
  ['Ruby', 'Ruby'],
  ['boto3, newest', 'AWS CLI and boto3'],
  ['Go v2, newest', 'Go'],
  ['Java v2', 'Java'],
  ['Rust', 'Rust'],
] as const;

const keys = ['aws_access_key_id = AKIAIOSFODNN7EXAMPLE', 'aws_secret_access_key = wJalrXUtnFEMI'];
const role = 'role_arn = arn:aws:iam::123456789012:role/Second';
const tokenFile = '/dev/null';

interface Situation {
  profile?: string[];
  credentials?: string[];
  env?: Record<string, string>;
}

const situations: Record<string, Situation> = {
  'nothing else': {},
  'keys in the credentials file': { credentials: ['[developer]', ...keys] },
  'keys in the config file': { profile: keys },
  'role_arn alone': { profile: [role] },
  'role_arn and source_profile': {
    profile: [role, 'source_profile = other', '[profile other]', ...keys],
  },
  'role_arn and credential_source': { profile: [role, 'credential_source = Environment'] },
  web_identity_token_file: { profile: [role, `web_identity_token_file = ${tokenFile}`] },
  'sso_ keys': {
    profile: [
      'sso_start_url = https://example.awsapps.com/start',
      'sso_region = eu-west-1',
      'sso_account_id = 123456789012',
      'sso_role_name = Second',
    ],
  },
  login_session: { profile: ['login_session = arn:aws:iam::123456789012:user/someone'] },
  'another credential_process in the credentials file': {
    credentials: ['[developer]', 'credential_process = false --other'],
  },
  'keys in the environment': {
    env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' },
  },
  'half a key in the environment': { env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' } },
  'a web identity in the environment': {
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/Second',
    },
  },
};

test('C16 doctor names every client that does not use daypass', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  for (const [what, situation] of Object.entries(situations)) {
    await t.test(what, (t) => holds(t, stage, what, situation));
  }
});

async function holds(
  t: TestContext,
  stage: ClientStage,
  what: string,
  { profile = [], credentials = [], env = {} }: Situation,
): Promise<void> {
  stage.configure();
  // The section ends with the line of daypass.
  appendFileSync(join(stage.sandbox.home, '.aws/config'), `${profile.join('\n')}\n`);
  writeFileSync(join(stage.sandbox.home, '.aws', 'credentials'), `${credentials.join('\n')}\n`);
  const { stdout } = await stage.daypass(['doctor', '--json'], { AWS_PROFILE: 'developer', ...env });
  const told: { code: string; finding: string }[] = JSON.parse(stdout).checks;
  const rivals = told.filter(({ code }) => code === 'rivals').map(({ finding }) => finding);
  for (const [name, kind] of clients) {
    await t.test(name, { skip: lacks(name) }, async () => {
      // Credentials in the environment win over AWS_PROFILE, but not over a profile that is named in code.
      const run = await stage.run(stage.client(name), {
        env: { AWS_PROFILE: 'developer', AWS_MAX_ATTEMPTS: '1', ...env, PROFILE: '' },
      });
      const result = outcome(run);
      // Java passes over a web identity that it cannot use, as this one, and reads the profile.
      const passesOver = name === 'Java v2' && env.AWS_WEB_IDENTITY_TOKEN_FILE;
      const right = passesOver ? 'daypass' : expected(rivals, kind, newest.includes(name));
      assert.equal(result, right, `${run.stdout}${run.stderr}\n${rivals.join('\n')}`);
      record(`C16 ${what}`, name, run, { result });
    });
  }
}

type Outcome = 'daypass' | 'the other' | 'an error';

/** Returns the clients that `doctor` names. */
function expected(rivals: string[], kind: string, isNewest: boolean): Outcome {
  // `doctor` names the versions in parentheses if only some do it.
  const named = new RegExp(isNewest ? `\\b${kind}\\b` : `\\b${kind}\\b(?! \\()`);
  const said = (effect: RegExp) =>
    rivals.some((rival) => rival.split(';').some((part) => effect.test(part) && named.test(part)));
  if (said(/used instead of daypass by/)) return 'the other';
  return said(/an error in/) ? 'an error' : 'daypass';
}

/** Returns whether the client ignored daypass: only daypass has credentials that STS accepts. */
function outcome({ answers, stdout, stderr }: ClientRun): Outcome {
  if (/^ok .*\/DeveloperAccess\//.test(answers[0] ?? '')) return 'daypass';
  // These clients fail before they make a request.
  const refused =
    /only one credential type|partial credentials|must specify|must contain `source_profile`|no source|unsupported credential_source/i;
  return refused.test(stdout + stderr) ? 'an error' : 'the other';
}
