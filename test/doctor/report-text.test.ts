import assert from 'node:assert/strict';
import { test } from 'node:test';
import { note, ok, type Report, warning, wrong } from '../../src/doctor/finding.ts';
import { reportText, worstFirst } from '../../src/doctor/report-text.ts';
import { sign } from '../../src/terminal/style.ts';

// Of ASCII, where the font may lack the others.
const [good, bad] = [sign('good'), sign('bad')];
const login = { command: 'daypass login --profile developer' };
const region: Report = { code: 'region', ...ok('AWS clients use eu-west-1') };
const noSession: Report = { code: 'session', ...note('there is no sign-in', login) };
const unset = { command: 'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY' };
const keys =
  'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY in the environment: used instead of daypass by Go, Ruby';
const shadowed: Report = { code: 'rivals', ...warning(keys, unset) };
const look = { advice: 'look at the network of this machine, which may need a proxy', ...login };
const network: Report = { code: 'provider', ...wrong('cannot reach the provider', look), exitCode: 69 };
const safety: Report = {
  code: 'tls',
  ...wrong('certificates are not verified', 'verify them'),
  exitCode: 78,
};

const shown = (findings: readonly Report[], width: number, isVerbose = false) =>
  reportText('developer', findings, { isVerbose, width });

test('problems come first, the worst before the others, then warnings, notes and passed checks', () => {
  assert.deepEqual(worstFirst([region, shadowed, noSession, network, safety]), [
    safety,
    network,
    shadowed,
    noSession,
    region,
  ]);
});

test('in 80 columns each text stands beside its label, and no command is split', () => {
  assert.equal(
    shown([region, shadowed, noSession, network], 80),
    `Profile developer: 1 error, 1 warning

${bad} provider     cannot reach the provider
               -> look at the network of this machine, which may need a proxy
                  run: daypass login --profile developer
! shadowed by  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY in the environment: used
               instead of daypass by Go, Ruby
               -> run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

${good} 2 other checks passed, 1 with a note
  List them: daypass doctor --profile developer --verbose

Next: daypass login --profile developer
`,
  );
});

test('on a narrow terminal each text stands below its label', () => {
  assert.equal(
    shown([shadowed, region], 50),
    `Profile developer: 1 warning

! shadowed by
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY in the
  environment: used instead of daypass by Go, Ruby
  -> run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

${good} 1 other check passed
  List them: daypass doctor --profile developer --verbose

Next: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
`,
  );
});

test('a command that is too long for its column begins farther left', () => {
  const lines = shown([shadowed, safety], 63).split('\n');
  const at = lines.findIndex((line) => line.includes('run: unset'));
  assert.deepEqual(lines.slice(at - 1, at + 1), [
    '               environment: used instead of daypass by Go, Ruby',
    '          -> run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY',
  ]);
  assert.deepEqual(lines.slice(-3), [
    'Next: correct the first problem above, then run:',
    '  daypass doctor --profile developer',
    '',
  ]);
});

test('a file or a pipe gets each text in one line', () => {
  const lines = shown([shadowed, region], Number.POSITIVE_INFINITY).split('\n');
  assert.equal(lines[2], `! shadowed by  ${keys}`);
  assert.equal(
    lines[5],
    `${good} 1 other check passed (daypass doctor --profile developer --verbose lists them)`,
  );
});

test('--verbose shows everything', () => {
  assert.equal(
    shown([region, noSession], 80, true),
    `Profile developer: no problems

- session  there is no sign-in
           -> run: daypass login --profile developer
${good} region   AWS clients use eu-west-1

Next: daypass login --profile developer
`,
  );
});

test('the next step is the remedy of the worst finding, then to sign in, then nothing', () => {
  const next = (...findings: Report[]) => shown(findings, 120).trimEnd().split('\n').at(-1);
  assert.equal(
    next(region, noSession, shadowed, network, safety),
    'Next: correct the first problem above, then run: daypass doctor --profile developer',
  );
  assert.equal(next(region, noSession), 'Next: daypass login --profile developer');
  assert.equal(next(region), 'Next: nothing, all is well');
  const old: Report = { code: 'old-sdks', ...note('old SDKs do not read the file', 'set a variable') };
  assert.equal(next(region, old), 'Next: nothing, all is well');
});
