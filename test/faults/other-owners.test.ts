// Folders and files that other users of the machine can exchange: cases D01 to D07 of docs/threats.md.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'node:test';
import { type Call, type FaultStage, fault, notApplicable, refresh, signIn } from './fault.ts';
import { inShell } from './in-shell.ts';
import { secretFiles } from './stored-records.ts';

const files = { daypass_store: 'file' };
const isRoot = process.getuid?.() === 0;
const ofRoot = 'only root can give a folder to another user';

/** A user that no machine has. */
const stranger = 3_999_999;

const above = ({ sandbox }: FaultStage) => dirname(sandbox.home);

/** Spoils the folder above HOME for the time of an action. */
async function spoiled(
  stage: FaultStage,
  mode: number,
  uid: number,
  act: () => Promise<Call>,
): Promise<Call> {
  chmodSync(above(stage), mode);
  if (isRoot) chownSync(above(stage), uid, uid);
  try {
    return await act();
  } finally {
    if (isRoot) chownSync(above(stage), 0, 0);
    chmodSync(above(stage), 0o700);
  }
}

suite('other users can exchange folders and files', { concurrency: 4 }, () => {
  foldersAbove(
    'D01',
    'a folder above the state directory is writable by others',
    0o777,
    process.getuid?.() ?? 0,
  );
  if (isRoot)
    foldersAbove('D02', 'a folder above the state directory belongs to another user', 0o755, stranger);
  else notApplicable('D02', ofRoot);
  foldersThatAreSafe();
  homesOfOthers();
  secretsThatAreNoFiles();
  logsThatAreNoFiles();
});

function foldersAbove(id: string, what: string, mode: number, uid: number): void {
  const fault78 = /writable by other users|belongs to another user/;
  fault(id, `${what}: every command refuses it and removes nothing`, {
    ...{ keys: files, session: true, tokenRequests: 0, error: 'unsafe-directory', text: /XDG_STATE_HOME/ },
    act: (stage) =>
      spoiled(stage, mode, uid, async () => {
        const kept = secretFiles(stage);
        const calls = [
          await stage.sandbox.run(['status']),
          await stage.daypass(['status']),
          await stage.sandbox.run(['logout', '--all']),
          await stage.daypass(['logout']),
          await stage.daypass(['doctor']),
        ];
        for (const { code, stdout, stderr } of calls) {
          assert.equal(code, 78, stdout + stderr);
          assert.match(stdout + stderr, fault78);
          assert.match(stdout + stderr, /XDG_STATE_HOME/);
        }
        assert.deepEqual(secretFiles(stage), kept);
        return await stage.daypass(['--non-interactive']);
      }),
  });
}

function foldersThatAreSafe(): void {
  fault('D03', 'umask 002, a sticky folder and a link above are safe', {
    ...{ keys: files, files: /^elsewhere\// },
    act: async (stage) => {
      const { home } = stage.sandbox;
      chmodSync(above(stage), 0o1777);
      mkdirSync(join(home, '.local'));
      mkdirSync(join(home, 'elsewhere'));
      // Others than root may have a group with other members, for example on macOS.
      for (const folder of ['.local', 'elsewhere']) chmodSync(join(home, folder), isRoot ? 0o775 : 0o755);
      symlinkSync('../elsewhere', join(home, '.local', 'state'));
      return await signIn(stage);
    },
  });
  const hasNamespaces = isRoot && spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0;
  if (!hasNamespaces) {
    notApplicable('D04', 'only root can make the owner of a folder unknown');
    return;
  }
  fault('D04', 'a folder above whose owner the user namespace does not map is logged and used', {
    ...{ keys: files, session: true },
    act: (stage) =>
      spoiled(stage, 0o755, stranger, async () => {
        stage.hour += 3;
        return await inShell(stage, 'exec unshare --user --map-root-user "$@" --non-interactive');
      }),
    inspect: (stage) => {
      const log = readFileSync(join(stage.sandbox.home, 'daypass.log'), 'utf8');
      assert.match(log, new RegExp(` unknown-owner path=${above(stage)}\n`));
    },
  });
}

function homesOfOthers(): void {
  if (!isRoot) {
    notApplicable('D05', ofRoot);
    return;
  }
  fault('D05', 'root in a container with the home of another owner uses XDG_STATE_HOME', {
    keys: files,
    act: async (stage) => {
      const { home, env } = stage.sandbox;
      chownSync(home, stranger, stranger);
      env.container = 'podman';
      const refused = await stage.daypass(['login']);
      assert.equal(refused.code, 78);
      assert.match(
        refused.stderr,
        /unsafe-directory: .* belongs to another user .*\nhint: set XDG_STATE_HOME/,
      );
      env.XDG_STATE_HOME = join(above(stage), 'state');
      return await signIn(stage);
    },
  });
}

function secretsThatAreNoFiles(): void {
  for (const [what, make] of Object.entries<(path: string) => void>({
    'a link to a file': (path) => symlinkSync(`${path}.kept`, path),
    'a pipe without a writer': (path) => void execFileSync('mkfifo', ['-m', '600', path]),
  })) {
    fault('D06', `a secret file that is ${what} is refused at once`, {
      ...{ keys: files, session: true, tokenRequests: 0, error: 'unsafe-file', text: /ls -l / },
      act: async (stage) => {
        const paths = secretFiles(stage).map((path) => join(stage.sandbox.home, path));
        for (const path of paths) {
          writeFileSync(`${path}.kept`, readFileSync(path), { mode: 0o600 });
          rmSync(path);
          make(path);
        }
        const call = await stage.daypass(['--non-interactive']);
        for (const path of paths) {
          rmSync(path);
          writeFileSync(path, readFileSync(`${path}.kept`), { mode: 0o600 });
          rmSync(`${path}.kept`);
        }
        return call;
      },
    });
  }
}

function logsThatAreNoFiles(): void {
  for (const [what, make] of Object.entries<(path: string) => void>({
    'a link': (path) => symlinkSync(join(dirname(path), 'victim'), path),
    'a pipe without a reader': (path) => void execFileSync('mkfifo', [path]),
    'a folder': (path) => mkdirSync(path),
  })) {
    fault('D07', `a call whose --log is ${what} goes on without a log, and doctor says so`, {
      session: true,
      act: async (stage) => {
        const path = join(above(stage), 'log');
        writeFileSync(join(above(stage), 'victim'), 'mine');
        make(path);
        stage.sandbox.writeConfig(stage.config({ daypass_log: path }));
        const { stdout } = await stage.daypass(['doctor']);
        assert.match(stdout, /^! log +\S+ is (a link|not a regular file), so daypass\s+logs nothing/m);
        const call = await refresh(stage);
        assert.equal(readFileSync(join(above(stage), 'victim'), 'utf8'), 'mine');
        return call;
      },
    });
  }
}
