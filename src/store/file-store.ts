import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeFile } from '../process/files.ts';
import { assertPrivateFolder, ioError, replaceFile } from '../state/directory.ts';
import { readOwnFileIfAny } from '../state/own-file.ts';
import type { SecretStore } from './secret-store.ts';

/** The store of a machine without a keychain: each record is a 0600 file in the sign-in's 0700 folder. */
export class FileStore implements SecretStore {
  readonly #folder: string;

  constructor(signInFolder: string) {
    this.#folder = signInFolder;
  }

  async read(account: string): Promise<string | undefined> {
    // A state directory that is a link is refused before its secrets are used.
    assertPrivateFolder(dirname(this.#folder));
    return readOwnFileIfAny(this.#path(account));
  }

  async write(account: string, value: string): Promise<void> {
    replaceFile(this.#path(account), value);
  }

  async delete(account: string): Promise<void> {
    const path = this.#path(account);
    try {
      // A process that was killed while it replaced the file has left a secret beside it.
      for (const entry of readdirSync(this.#folder).map((name) => join(this.#folder, name))) {
        if (entry === path || entry.startsWith(`${path}.`)) removeFile(entry);
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
      removeFile(this.#path(account));
    } catch (error) {
      throw ioError('delete', this.#path(account), error);
    }
  }

  close(): void {}

  #path(account: string): string {
    return join(this.#folder, `${account}.secret`);
  }
}
