// Who waits for daypass as long as a person needs. All parents are real processes on a real terminal.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildSync } from 'esbuild';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';

const onLinux = { skip: process.platform !== 'linux' };
const source = join(import.meta.dirname, '../../src/terminal/patient-caller.ts');

/** Returns a sandbox with a command that writes `true` or `false` to the file `answer`. */
async function openProbe(t: TestContext): Promise<{ sandbox: Sandbox; probe: string; file: string }> {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const bundle = join(sandbox.home, 'probe.cjs');
  const file = join(sandbox.home, 'answer');
  const contents = `import { callerIsPatient } from '${source}';
    require('node:fs').writeFileSync('${file}', String(callerIsPatient()));`;
  const stdin = { contents, resolveDir: sandbox.home };
  buildSync({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile: bundle, logLevel: 'silent' });
  return { sandbox, probe: `${process.execPath} ${bundle}`, file };
}

/** Returns the answer of the probe below this program, wholly on a terminal. */
async function answered(t: TestContext, words: (probe: string, home: string) => string[]): Promise<string> {
  const { sandbox, probe, file } = await openProbe(t);
  await sandbox.runProgramInTerminal(words(probe, sandbox.home), { wholly: true }).exit;
  return readFileSync(file, 'utf8');
}

/** Returns a program of this name: a copy of a shell, which runs scripts in the same way. */
function copied(home: string, name: string): string {
  const path = join(home, name);
  copyFileSync('/bin/dash', path);
  return path;
}

/** Returns a script of Python that runs a command, with this name. */
function python(home: string, name: string, command: string, options = ''): string {
  const path = join(home, name);
  const run = `import subprocess, shlex\nsubprocess.run(shlex.split(${JSON.stringify(command)}))\n`;
  writeFileSync(path, `#!/usr/bin/python3${options}\n${run}`);
  chmodSync(path, 0o755);
  return path;
}

const parents: Readonly<
  Record<string, [patient: boolean, words: (probe: string, home: string) => string[]]>
> = {
  'dash -c': [false, (probe) => ['/bin/dash', '-c', `${probe}; :`]],
  'bash -c': [false, (probe) => ['/bin/bash', '-c', `${probe}; :`]],
  'a script': [
    false,
    (probe, home) => {
      writeFileSync(join(home, 'script'), `${probe}\n:\n`);
      return ['/bin/bash', join(home, 'script')];
    },
  ],
  'terraform, by a shell that forks': [
    false,
    (probe, home) => [copied(home, 'terraform'), '-c', `/bin/dash -c '${probe}; :'; :`],
  ],
  'terraform, by a shell that is replaced': [
    false,
    (probe, home) => [copied(home, 'terraform'), '-c', `/bin/bash -c '${probe}'; :`],
  ],
  "the AWS CLI of AWS's installers": [true, (probe, home) => [copied(home, 'aws'), '-c', `${probe}; :`]],
  'that one by a shell': [
    true,
    (probe, home) => [copied(home, 'aws'), '-c', `/bin/dash -c '${probe}; :'; :`],
  ],
  'the AWS CLI as a script of Python': [true, (probe, home) => [python(home, 'aws', probe)]],
  'that one with options': [true, (probe, home) => [python(home, 'aws', probe, ' -sE')]],
  'python3 -m awscli': [
    true,
    (probe, home) => {
      mkdirSync(join(home, 'awscli'));
      writeFileSync(join(home, 'awscli', '__init__.py'), '');
      python(join(home, 'awscli'), '__main__.py', probe);
      return ['/usr/bin/python3', '-m', 'awscli'];
    },
  ],
  'another program of Python': [false, (probe, home) => [python(home, 'boto', probe)]],
  'Python with a text that ends like it': [
    false,
    (probe) => ['/usr/bin/python3', '-c', `import os; os.system('${probe}; :')\n#/aws`],
  ],
  'aws-vault': [false, (probe, home) => [copied(home, 'aws-vault'), '-c', `${probe}; :`]],
};
for (const [name, [patient, words]] of Object.entries(parents))
  test(`${name} is ${patient ? '' : 'not '}known to wait`, onLinux, async (t) => {
    assert.equal(await answered(t, words), String(patient));
  });

for (const shell of ['bash --norc', 'zsh -f', 'dash'] as const) {
  const [program = ''] = shell.split(' ');
  const skip = onLinux.skip || (!existsSync(`/bin/${program}`) && `this machine lacks ${program}`);
  test(`${program} that a person types into waits, if daypass has the terminal as stdout`, {
    skip,
  }, async (t) => {
    const { sandbox, probe, file } = await openProbe(t);
    const run = sandbox.runProgramInTerminal([`/bin/${program}`, ...shell.split(' ').slice(1), '-i'], {
      wholly: true,
      env: { PS1: '> ' },
    });
    const typed = async (line: string) => {
      run.type(`${line}; echo en''ded >/dev/tty\r`);
      await run.waitForTerminal(new RegExp(`^(?:[\\s\\S]*?\\bended\\b){${++lines}}`), 30_000);
      return readFileSync(file, 'utf8');
    };
    let lines = 0;
    assert.equal(await typed(probe), 'true');
    assert.equal(await typed(`${probe} | cat`), 'false');
    assert.equal(await typed(`/bin/dash -c '${probe}; :'`), 'false');
    run.type('exit\r');
    await run.exit;
  });
}

test('a parent of another user, whose program the system hides, counts as not known', {
  skip: onLinux.skip || (process.getuid?.() !== 0 && 'only root can be two users'),
}, async (t) => {
  const { sandbox, probe, file } = await openProbe(t);
  for (const folder of [sandbox.home, join(sandbox.home, '..')]) chmodSync(folder, 0o755);
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  const as = '/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups';
  const words = [copied(sandbox.home, 'aws'), '-c', `${as} ${probe}; :`];
  await sandbox.runProgramInTerminal(words, { wholly: true }).exit;
  assert.equal(readFileSync(file, 'utf8'), 'false');
});
