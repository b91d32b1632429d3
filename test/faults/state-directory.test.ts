// The state directory is unsafe or cannot be written: cases K12 to K15 of docs/threats.md.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'node:test';
import { failingFiles, fileFaults } from '../support/failing-files.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Case, type FaultStage, fault, notApplicable, refresh } from './fault.ts';
import { inShell } from './in-shell.ts';
import { folderOf, secretFiles, stateOf } from './stored-records.ts';

/** The call fails before a tab opens or anything is posted. */
const early: Case = { tabs: 0, tokenRequests: 0 };

const files = { daypass_store: 'file' };

suite('files and folders misbehave', { concurrency: 4 }, () => {
  foldersAreNotSafe();
  linksAreLeftAlone();
  umasksDoNotMatter();
  filesCannotBeWritten();
});

function foldersAreNotSafe(): void {
  const refused = (
    what: string,
    error: 'unsafe-directory' | 'unsafe-file',
    text: RegExp,
    spoil: (stage: FaultStage) => void,
    repair: (stage: FaultStage) => void,
  ): void => {
    fault('K12', `daypass refuses to run if ${what}`, {
      ...{ error, text, keys: files, session: true, tokenRequests: 0 },
      act: async (stage) => {
        spoil(stage);
        const call = await stage.daypass();
        repair(stage);
        return call;
      },
    });
  };
  const elsewhere = (stage: FaultStage) => join(stage.sandbox.home, '..', 'elsewhere');
  refused(
    'the state directory is a link',
    'unsafe-directory',
    /ls -ld/,
    (stage) => {
      renameSync(stateOf(stage), elsewhere(stage));
      symlinkSync(elsewhere(stage), stateOf(stage));
    },
    (stage) => {
      rmSync(stateOf(stage));
      renameSync(elsewhere(stage), stateOf(stage));
    },
  );
  refused(
    'the group may write to the state directory',
    'unsafe-directory',
    /hint: run: chmod 700/,
    (stage) => chmodSync(stateOf(stage), 0o770),
    (stage) => chmodSync(stateOf(stage), 0o700),
  );
  if (process.getuid?.() !== 0) notApplicable('K12', 'only root can give a folder to another user');
  else {
    refused(
      "the sign-in's folder belongs to another user",
      'unsafe-directory',
      /belongs to another user/,
      (stage) => chownSync(folderOf(stage), 65534, 65534),
      (stage) => chownSync(folderOf(stage), process.getuid?.() ?? 0, process.getgid?.() ?? 0),
    );
  }
  const secrets = (stage: FaultStage) => secretFiles(stage).map((path) => join(stage.sandbox.home, path));
  refused(
    'a secret file is 0644',
    'unsafe-file',
    /hint: run: chmod 600/,
    (stage) => {
      for (const path of secrets(stage)) chmodSync(path, 0o644);
    },
    (stage) => {
      for (const path of secrets(stage)) chmodSync(path, 0o600);
    },
  );
}

function linksAreLeftAlone(): void {
  const plant = ({ sandbox }: FaultStage) => {
    const victim = join(sandbox.home, '..', 'victim');
    writeFileSync(victim, 'mine');
    return victim;
  };
  fault('K13', 'links in the places of state files leave their targets unchanged', {
    session: true,
    act: async (stage) => {
      const victim = plant(stage);
      for (const name of ['outcome.json', 'refreshing.json']) {
        rmSync(join(folderOf(stage), name), { force: true });
        symlinkSync(victim, join(folderOf(stage), name));
      }
      const call = await refresh(stage);
      assert.equal(readFileSync(victim, 'utf8'), 'mine');
      return call;
    },
  });
}

function umasksDoNotMatter(): void {
  for (const mask of ['000', '777']) {
    fault('K14', `files are 0600 and folders are 0700 with umask ${mask}`, {
      keys: files,
      act: async (stage) => {
        const running = inShell(stage, `umask ${mask}; exec "$@"`);
        const page = signInOverHttp(await stage.launcher.nextLink());
        await page;
        return running;
      },
      inspect: (stage) => {
        assert.ok(secretFiles(stage).length > 0);
        for (const entry of readdirSync(stateOf(stage), { recursive: true, encoding: 'utf8' })) {
          const path = join(stateOf(stage), entry);
          const stats = statSync(path);
          const mode = (stats.mode & 0o777).toString(8);
          if (stats.isSocket()) assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
          else assert.equal(mode, stats.isDirectory() ? '700' : '600', entry);
        }
      },
    });
  }
}

function filesCannotBeWritten(): void {
  for (const reason of fileFaults) {
    fault('K15', `a state directory with ${reason} fails a sign-in early`, {
      ...{ ...early, error: 'io', text: new RegExp(`${reason}\nhint: `), ends: true },
      act: (stage) => stage.daypass([], failingFiles(stateOf(stage), reason)),
    });
    fault('K15', `a state directory with ${reason} at a refresh keeps its files`, {
      ...{ session: true, error: 'io', text: new RegExp(`${reason}\nhint: `), tokenRequests: 0 },
      act: async (stage) => {
        const before = stage.sandbox.files();
        stage.hour += 3;
        const env = failingFiles(stateOf(stage), reason, later(`+${stage.hour}h`));
        const call = await stage.daypass(['--non-interactive'], env);
        for (const [path, content] of Object.entries(before))
          if (path.endsWith('.json')) assert.deepEqual(stage.sandbox.files()[path], content, path);
        return call;
      },
    });
  }
  fault('K15', 'a full disk does not stop a cache hit', {
    ...{ session: true, tokenRequests: 0 },
    act: (stage) => stage.daypass([], failingFiles(stage.sandbox.home, 'ENOSPC')),
  });
  fault('K15', 'a path that is too long has a hint', {
    ...{ ...early, error: 'io', text: /ENAMETOOLONG\nhint: .*shorter/, ends: true },
    act: (stage) => stage.daypass([], { XDG_STATE_HOME: `/${'x'.repeat(300)}` }),
  });
}
