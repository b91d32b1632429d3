import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertPrivate, assertPrivateFile, ioError, readFileIfAny, replaceFile } from '../state/directory.ts';
import type { SecretStore } from './secret-store.ts';

/** The store of a machine without a keychain: each record is a 0600 file in the sign-in's 0700 folder. */
export class FileStore implements SecretStore {
  readonly #folder: string;

  constructor(signInFolder: string) {
    this.#folder = signInFolder;
  }

  async read(account: string): Promise<string | undefined> {
    const path = this.#path(account);
    const text = readFileIfAny(path);
    if (text === undefined) return undefined;
    // Do not use a record that other users could have read or written.
    for (const folder of [dirname(this.#folder), this.#folder]) assertPrivate(folder);
    assertPrivateFile(path);
    return text;
  }

  async write(account: string, value: string): Promise<void> {
    replaceFile(this.#path(account), value);
  }

  async delete(account: string): Promise<void> {
    const path = this.#path(account);
    try {
      // A process that was killed while it replaced the file has left a secret beside it.
      for (const entry of readdirSync(this.#folder).map((name) => join(this.#folder, name))) {
        if (entry === path || entry.startsWith(`${path}.`)) rmSync(entry, { force: true });
      }
    } catch (error) {
      throw ioError('delete', path, error);
    }
  }

  async check(): Promise<void> {
    const account = `probe-${process.pid}`;
    await this.write(account, '');
    try {
      // Delete no other probe: it belongs to a process that is running its own check.
      rmSync(this.#path(account), { force: true });
    } catch (error) {
      throw ioError('delete', this.#path(account), error);
    }
  }

  close(): void {}

  #path(account: string): string {
    return join(this.#folder, `${account}.secret`);
  }
}
