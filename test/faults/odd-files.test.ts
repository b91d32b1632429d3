// Files that a person names are long, or are no files: cases F01 to F07 of docs/threats.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { trustedAuthorities } from '../../src/network/authorities.ts';
import { testedProgram } from '../support/sandbox.ts';
import {
  type Case,
  type FaultStage,
  fault,
  faultOfPart,
  faults,
  notApplicable,
  type Stimulus,
} from './fault.ts';

const long = 100_000;
const blanks = ' '.repeat(long);
const early: Case = { tabs: 0, tokenRequests: 0, ends: true };
const refused: Case = { ...early, error: 'bad-configuration' };
const untouched: Case = { session: true, tokenRequests: 0 };
/** A pipe and a socket below HOME. */
const made = /^odd$/;

suite('files are long, or are no files', { concurrency: 4 }, () => {
  linesAreLong();
  awsFilesAreOdd();
  nullDeviceIsEmpty();
  envFilesArePipes();
});

function linesAreLong(): void {
  const lines = {
    'a bracket and blanks': `[${blanks}`,
    brackets: '['.repeat(long),
    'a section of blanks': `[profile${blanks}x${blanks}]${blanks}`,
    'a key of blanks': `x${blanks}=${blanks}y`,
    quotes: `x = ${`"'`.repeat(long / 2)}`,
  };
  const read = ([what, line]: [string, string]): Stimulus => [
    'F01',
    `a hit reads a config file with ${what} of 100 KB`,
    {
      ...untouched,
      act: (stage) => {
        stage.sandbox.writeConfig(`${stage.config()}\n[profile other]\n${line}\n`);
        return stage.daypass();
      },
    },
  ];
  faults('long lines', Object.entries(lines).map(read));
}

/** Puts something else than a file at a path of its own, until the call has ended. */
async function withOdd<Result>(
  { sandbox }: FaultStage,
  what: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(sandbox.home, 'odd');
  const socket = createServer();
  if (what === 'a pipe') execFileSync('mkfifo', [path]);
  if (what === 'a folder') mkdirSync(path);
  if (what === 'a device') symlinkSync('/dev/zero', path);
  if (what === 'a socket') await once(socket.listen(path), 'listening');
  try {
    return await use(path);
  } finally {
    socket.close();
    rmSync(path, { recursive: true, force: true });
  }
}

function awsFilesAreOdd(): void {
  const odd = ['a pipe', 'a folder', 'a device', 'a socket'];
  faults(
    'config files',
    odd.map((what) => [
      'F02',
      `daypass refuses ${what} as AWS config file, without waiting`,
      {
        ...{ ...refused, text: new RegExp(`odd is ${what}, not a file\nhint: put a file in its place`) },
        act: (stage) => withOdd(stage, what, (path) => stage.daypass([], { AWS_CONFIG_FILE: path })),
        files: made,
      },
    ]),
  );
  const configure = ['configure', '--yes', '--profile', 'new'];
  faults(
    'credentials files',
    odd.map((what) => [
      'F03',
      `configure refuses ${what} as AWS credentials file, without waiting`,
      {
        ...{ ...refused, text: new RegExp(`odd is ${what}, not a file`) },
        act: (stage) =>
          withOdd(stage, what, (path) =>
            stage.sandbox.run(configure, { env: { AWS_SHARED_CREDENTIALS_FILE: path } }),
          ),
        files: made,
      },
    ]),
  );
  // A provider on loopback needs no authorities, so no call of the whole program would read them here.
  faultOfPart('F07', 'daypass refuses a pipe as AWS_CA_BUNDLE, without waiting', () => {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-odd-'));
    try {
      const path = join(folder, 'odd');
      execFileSync('mkfifo', [path]);
      assert.throws(() => trustedAuthorities({ path, origin: 'AWS_CA_BUNDLE' }, {}), {
        code: 'bad-configuration',
        message: `AWS_CA_BUNDLE ${path}: it is a pipe, not a file`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** Returns the variables that replace the profile. */
function settings(stage: FaultStage): Record<string, string> {
  const entries = [...stage.config().matchAll(/^(daypass_\w+|region) = (.*)$/gm)];
  return Object.fromEntries(
    entries.map(([, key = '', value = '']) => [key === 'region' ? 'AWS_REGION' : key.toUpperCase(), value]),
  );
}

function nullDeviceIsEmpty(): void {
  fault('F04', 'a hit works with /dev/null as config and credentials file', {
    ...untouched,
    act: (stage) =>
      stage.sandbox.run([], {
        env: { ...settings(stage), AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      }),
  });
  fault('F04', 'a named profile is unknown with /dev/null as config file', {
    ...{ ...early, error: 'unknown-profile' },
    act: (stage) => stage.daypass([], { AWS_CONFIG_FILE: '/dev/null' }),
  });
  if (process.getuid?.() !== 0) {
    notApplicable('F05', 'only root can create a device, and replace the null device');
    return;
  }
  fault('F05', 'configure refuses to replace the null device', {
    ...{ ...refused, text: /odd is a device, not a file/ },
    act: async (stage) => {
      const path = join(stage.sandbox.home, 'odd');
      execFileSync('mknod', [path, 'c', '1', '3']);
      try {
        const flags = Object.entries({
          '--issuer': stage.provider.issuer,
          '--client-id': stage.provider.clientId,
          '--role-arn': 'arn:aws:iam::123456789012:role/DeveloperAccess',
        }).flat();
        const words = ['configure', '--yes', '--profile', 'new', ...flags];
        const call = await stage.sandbox.run(words, { env: { AWS_CONFIG_FILE: path } });
        assert.ok(statSync(path).isCharacterDevice(), 'it is still the device');
        return call;
      } finally {
        rmSync(path);
      }
    },
    files: made,
  });
}

/** Runs a script of bash, whose `<(…)` is a pipe; `"$@"` is daypass. */
async function inBash({ sandbox }: FaultStage, script: string, env: Record<string, string> = {}) {
  const [program, ...file] = testedProgram.words;
  // After this, Node reads no option.
  const words = [program, ...file.flatMap((path) => ['--', path])];
  return sandbox.runProgram(['/bin/bash', '-c', script, 'bash', ...words], { env });
}

function envFilesArePipes(): void {
  const asText = (stage: FaultStage) => {
    const lines = Object.entries(settings(stage)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return { SETTINGS: lines.join('\n') };
  };
  const read = (what: string, script: string): Stimulus => [
    'F06',
    `a hit reads --env-file from ${what}`,
    {
      ...untouched,
      act: (stage) => inBash(stage, script, { ...asText(stage), AWS_CONFIG_FILE: '/dev/null' }),
    },
  ];
  faults('pipes with settings', [
    read('<(…)', '"$@" --env-file <(printf "%s" "$SETTINGS")'),
    read('a slow <(…)', '"$@" --env-file <(sleep 1; printf "%s" "$SETTINGS")'),
    read(
      'a named pipe that is written later',
      'mkfifo odd; { sleep 1; printf "%s" "$SETTINGS" > odd; } & "$@" --env-file odd; code=$?; rm odd; exit $code',
    ),
  ]);
  const unread = (what: string, script: string, text: RegExp): Stimulus => [
    'F06',
    `daypass refuses --env-file from ${what}`,
    { ...{ ...refused, text }, act: (stage) => inBash(stage, script), files: made },
  ];
  faults('pipes without settings', [
    unread('a silent <(…)', '"$@" --env-file <(exec sleep 8)', /did not end within 5 s/),
    unread('an endless <(…)', '"$@" --env-file <(exec yes)', /did not end within 5 s and 1 MiB/),
    unread('an empty <(…)', '"$@" --env-file <(true)', /is empty\nhint: .*node --/),
    unread('a pipe without a writer', 'mkfifo odd; "$@" --env-file odd', /did not end within 5 s/),
  ]);
}
