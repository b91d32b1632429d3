import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../child-environment.ts';
import { DaypassError, type ErrorReport } from '../errors.ts';
import { commandOf } from '../program.ts';
import { keychainUnresponsive } from './keychain-error.ts';
import type { SecretStore } from './secret-store.ts';

export interface KeychainRequest {
  id: number;
  method: 'read' | 'write' | 'delete' | 'check';
  account: string;
  value?: string;
}

export interface KeychainAnswer {
  id: number;
  value?: string | undefined;
  error?: ErrorReport;
}

const deadline = 20_000;

/** The keychain behind a process that is killed when a call takes longer than 20 seconds. */
export class KeychainProcess implements SecretStore {
  #child: ChildProcess | undefined;
  #lastId = 0;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: KeychainAnswer) => void; reject: (error: Error) => void }
  >();

  async read(account: string): Promise<string | undefined> {
    return (await this.#ask('read', account)).value;
  }

  async write(account: string, value: string): Promise<void> {
    await this.#ask('write', account, value);
  }

  async delete(account: string): Promise<void> {
    await this.#ask('delete', account);
  }

  async check(): Promise<void> {
    await this.#ask('check', '');
  }

  close(): void {
    this.#child?.kill('SIGKILL');
  }

  async #ask(method: KeychainRequest['method'], account: string, value?: string): Promise<KeychainAnswer> {
    this.#child ??= this.#start();
    const child = this.#child;
    const id = ++this.#lastId;
    const request: KeychainRequest = { id, method, account, ...(value === undefined ? {} : { value }) };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // Told here and not by its end: nothing else may hold this process until that is seen.
      this.#waiting.get(id)?.reject(keychainUnresponsive());
    }, deadline);
    try {
      const answer = await new Promise<KeychainAnswer>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        child.stdin?.write(`${JSON.stringify(request)}\n`);
      });
      if (answer.error) throw DaypassError.fromReport(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  #start(): ChildProcess {
    const child = spawn(...commandOf('keychain-child'), {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: childEnvironment(process.env),
      windowsHide: true,
    });
    const fail = () => {
      if (this.#child === child) this.#child = undefined;
      for (const { reject } of this.#waiting.values()) reject(keychainUnresponsive());
    };
    child.on('error', fail);
    child.on('exit', fail);
    child.stdin?.on('error', fail);
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (line) => {
      const answer: KeychainAnswer = JSON.parse(line);
      this.#waiting.get(answer.id)?.resolve(answer);
    });
    // The process may end while the child idles; a call under way holds it by its timer.
    child.unref();
    return child;
  }
}
