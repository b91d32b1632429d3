// The credential_process line as `daypass doctor` runs it on Windows, with npm's shim and the real cmd.exe.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseAwsConfigFile } from '../../src/aws-config/parse.ts';
import { spelled } from '../../src/configure/plain-path.ts';
import { credentialProcess } from '../../src/doctor/credential-process.ts';
import type { Patient } from '../../src/doctor/finding.ts';
import { environmentOf } from '../../src/process/variables.ts';

const skip = process.platform !== 'win32' && 'only Windows has cmd.exe';
const folder = mkdtempSync(join(tmpdir(), 'daypass-shim-'));
after(() => rmSync(folder, { recursive: true }));
const script = 'node_modules\\daypass\\dist\\daypass.cjs';
mkdirSync(join(folder, 'My Tools'));
mkdirSync(join(folder, 'node_modules/daypass/dist'), { recursive: true });
writeFileSync(join(folder, 'node_modules/daypass/dist/daypass.cjs'), "console.log('daypass 1.2.3')");
for (const name of ['daypass.cmd', 'renamed.cmd'])
  writeFileSync(join(folder, name), `@"${process.execPath}"  "%~dp0\\${script}" %*\r\n`);
writeFileSync(join(folder, 'daypass'), '#!/bin/sh\n');
writeFileSync(join(folder, 'other.cmd'), '@echo daypass 1.2.3\r\n');
writeFileSync(join(folder, 'My Tools/daypass.cmd'), `@"${process.execPath}"  "${folder}\\${script}" %*\r\n`);

const lines: [line: string, state: string, finding: RegExp][] = [
  ['FOLDER\\daypass.cmd', 'ok', /^AWS clients run .*daypass\.cmd$/],
  ['FOLDER\\renamed.cmd', 'ok', /^AWS clients run .*renamed\.cmd$/],
  ['NODE FOLDER\\SCRIPT', 'ok', /^AWS clients run .*node\.exe$/i],
  ['FOLDER\\node_modules\\daypass\\dist\\daypass.cjs', 'error', /cannot be run/],
  ['FOLDER\\daypass', 'warning', /without \.cmd, which the AWS CLI and boto3 need$/],
  ['daypass', 'warning', /must begin with an absolute path, not daypass$/],
  [
    '"FOLDER\\My Tools\\daypass.cmd"',
    'warning',
    /do not run credential_process: the SDKs for Go.*, restic and mc$/,
  ],
  ['FOLDER\\other.cmd', 'error', /does not run daypass, but .*other\.cmd$/],
  ['FOLDER\\gone\\daypass.cmd', 'error', /names .*daypass\.cmd, which cannot be run \(ENOENT\)$/],
  ['"FOLDER\\daypass.cmd', 'error', /open quotation mark/],
];
for (const [line, state, finding] of lines) {
  test(`doctor runs the line ${line} on Windows`, { skip }, async () => {
    const shown = { FOLDER: folder, NODE: process.execPath, SCRIPT: script };

    const value = spelled(line.replace(/FOLDER|NODE|SCRIPT/g, (name) => shown[name as keyof typeof shown]));
    const { profiles } = parseAwsConfigFile(`[profile p]\ncredential_process = ${value} --profile p\n`);
    const file = { path: 'C:\\config', shown: '~/.aws/config', refusals: [], faults: [], profiles };
    const credentials = { ...file, profiles: new Map() };
    // Windows itself spells it `Path`, and Wine `PATH`.
    const others = Object.entries(process.env).filter(([name]) => name.toUpperCase() !== 'PATH');
    const env = environmentOf([['Path', `${folder};${process.env.PATH}`], ...others]);
    const patient = {
      profile: 'p',
      files: { config: file, credentials },
      env,
      home: folder,
    } as unknown as Patient;
    const found = [(await credentialProcess(patient)) ?? []].flat();
    assert.deepEqual(
      found.map((each) => each.state),
      [state],
      JSON.stringify(found),
    );
    assert.match(found[0]?.finding ?? '', finding);
  });
}
