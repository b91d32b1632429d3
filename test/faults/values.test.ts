// Values with more in them than was meant, and variables that are meant for others: SV01 and SV02 of docs/threats.md.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { later } from '../support/other-clock.ts';
import { type Case, type FaultStage, fault, faults } from './fault.ts';

const early: Case = { error: 'bad-configuration', ends: true, tabs: 0, tokenRequests: 0 };

const odd: [what: string, key: string, text: RegExp, value: (right: string) => string][] = [
  ['quotation marks around the client id', 'daypass_client_id', /quotation marks \("\)/, (id) => `"${id}"`],
  [
    'a non-breaking hyphen in the region',
    'region',
    /U\+2011 .*: write eu-west-1/,
    (r) => r.replaceAll('-', '\u2011'),
  ],
  [
    'a Cyrillic letter in the role',
    'daypass_role_arn',
    /U\+0435 \(Cyrillic, looks like e\)/,
    (r) => r.replace('e', '\u0435'),
  ],
  ['a zero width space in the issuer', 'daypass_issuer', /U\+200B/, (issuer) => `${issuer}\u200b`],
  [
    'a comment behind the client id',
    'daypass_client_id',
    /the comment at its end \(;\)/,
    (id) => `${id} ; the client`,
  ],
  ['smart quotes around the scopes', 'daypass_scopes', /U\+201C/, () => '\u201copenid\u201d'],
];
faults(
  'values',
  odd.map(([what, key, text, value]) => [
    'SV01',
    `no browser opens: ${what}`,
    {
      ...early,
      text,
      act: (stage) => stage.daypass([], { AWS_CONFIG_FILE: written(stage, key, value) }),
      files: /^odd-config$/,
    },
  ]),
);

fault('SV01', 'the error shows no client secret, nor the comment behind it', {
  ...early,
  text: /daypass_client_secret \(.*\) must be without the comment at its end \(#\), quotation marks \('\)\n/,
  act: (stage) =>
    stage.daypass([], { AWS_CONFIG_FILE: written(stage, 'daypass_client_secret', () => "'hush' # dale") }),
  files: /^odd-config$/,
  inspect: (_stage, { stdout, stderr }) => assert.doesNotMatch(stdout + stderr, /hush|dale/),
});

/** Returns a config file of the stage with another value of one key. */
function written({ sandbox, config }: FaultStage, key: string, value: (right: string) => string): string {
  const text = config();
  const [line = '', right = ''] = new RegExp(`^${key} = (.*)\n`, 'm').exec(text) ?? [];
  const path = join(sandbox.home, 'odd-config');
  writeFileSync(path, `${text.replace(line, '')}${key} = ${value(right)}\n`);
  return path;
}

for (const [what, env] of [
  ['another partition', { AWS_REGION: 'us-gov-west-1', AWS_DEFAULT_REGION: 'cn-north-1' }],
  ['another service', { AWS_REGION: 'auto', AWS_DEFAULT_REGION: 'nyc3' }],
  ['another profile', { AWS_REGION: 'us-east-1', DAYPASS_SET_REGION: 'us-east-1,other' }],
  ['a host name', { AWS_REGION: 'x.evil#', AWS_DEFAULT_REGION: 'eu-west-1\nx' }],
] as const) {
  fault('SV02', `a hit and a refresh work beside the region of ${what}`, {
    session: true,
    act: async (stage) => {
      const [hit, plain] = [await stage.daypass([], env), await stage.daypass()];
      assert.deepEqual(hit, plain, 'the credentials are those of the region of the profile');
      stage.hour += 3;
      const renewed = await stage.daypass([], { ...env, ...later(`+${stage.hour}h`) });
      assert.notEqual(renewed.stdout, hit.stdout);
      return renewed;
    },
  });
}
