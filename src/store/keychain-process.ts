import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DaypassError, type ErrorReport } from '../errors.ts';
import { childEnvironment } from '../process/child-environment.ts';
import { type Deferred, deferred } from '../process/deferred.ts';
import { commandOf } from '../process/program.ts';
import { keychainUnresponsive, longestKeychainCall } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

export interface KeychainRequest {
  id: number;
  method: 'read' | 'write' | 'delete' | 'check';
  account: string;
  value?: string | undefined;
}

/** The id of an answer to all calls that wait: the child met an exception outside of them. */
export const everyCall = 0;

export interface KeychainAnswer {
  id: number;
  value?: string | undefined;
  error?: ErrorReport;
  /** Whether another process can succeed. */
  elsewhere?: boolean;
}

/** The most processes that one call tries. All of them meet the error in about 1 of 100 million calls. */
const mostProcesses = 4;

interface Child {
  process: ChildProcess;
  /** The calls without an answer, by the id of the request. */
  waiting: Map<number, Deferred<KeychainAnswer>>;
  /** The deadline of the present call: the process makes one call after another. */
  deadline?: NodeJS.Timeout | undefined;
}

/**
 * Calls the keychain through a process, which it kills if a call takes too long. Many calls may wait at once:
 * then the process never waits for the next one.
 */
export class KeychainProcess implements SecretStore {
  #child: Child | undefined;
  #lastId = 0;

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
    this.#child?.process.kill('SIGKILL');
  }

  async #ask(method: KeychainRequest['method'], account: string, value?: string): Promise<KeychainAnswer> {
    for (let processes = 1; ; processes++) {
      this.#child ??= this.#start();
      const child = this.#child;
      const answer = await this.#call(child, method, account, value);
      if (answer.elsewhere && this.#child === child) this.#child = undefined;
      // No later call uses a process that was left, so the last of its calls ends it.
      if (this.#child !== child && child.waiting.size === 0) child.process.kill('SIGKILL');
      if (!answer.error) return answer;
      if (!answer.elsewhere || processes === mostProcesses) throw DaypassError.fromReport(answer.error);
    }
  }

  #call(
    child: Child,
    method: KeychainRequest['method'],
    account: string,
    value?: string,
  ): Promise<KeychainAnswer> {
    const id = ++this.#lastId;
    const call = deferred<KeychainAnswer>();
    child.waiting.set(id, call);
    if (!child.deadline) this.#limit(child);
    const request: KeychainRequest = { id, method, account, value };
    child.process.stdin?.write(`${JSON.stringify(request)}\n`);
    return call.promise;
  }

  /** Starts the deadline of the next call that waits. An idle child has none. */
  #limit(child: Child): void {
    clearTimeout(child.deadline);
    child.deadline =
      child.waiting.size > 0 ? setTimeout(() => this.#abandon(child), longestKeychainCall) : undefined;
  }

  #start(): Child {
    const [program, args] = commandOf('keychain-child');
    const env = childEnvironment(process.env);
    const started = spawn(program, args, {
      // On Windows, the child reads a pipe that it opens by its descriptor, and without overlapped I/O that pending
      // read blocks each answer (https://github.com/nodejs/node/issues/43936). Elsewhere this is the same as 'pipe'.
      stdio: ['pipe', 'ignore', 'ignore', 'overlapped'],
      env,
      windowsHide: true,
    });
    const child: Child = { process: started, waiting: new Map() };
    const fail = () => this.#abandon(child);
    started.on('error', fail);
    started.on('exit', fail);
    started.stdin?.on('error', fail);
    const answers = started.stdio[3] as Readable;
    answers.on('error', fail);
    createInterface({ input: answers }).on('line', (line) => {
      const answer = parseAnswer(line);
      if (!answer) return;
      for (const id of answer.id === everyCall ? [...child.waiting.keys()] : [answer.id]) {
        const call = child.waiting.get(id);
        if (!call) continue;
        child.waiting.delete(id);
        call.resolve(answer);
        this.#limit(child);
      }
    });
    // An idle child must not keep this process running. During a call, its timer does.
    started.unref();
    return child;
  }

  /** Kills the child; the next call starts another. Rejects at once: nothing else may keep us running. */
  #abandon(child: Child): void {
    if (this.#child === child) this.#child = undefined;
    // On Windows the kill of a process that did not start throws.
    if (child.process.pid !== undefined) child.process.kill('SIGKILL');
    for (const { reject } of child.waiting.values()) reject(keychainUnresponsive());
    child.waiting.clear();
    this.#limit(child);
  }
}

/** Returns undefined for a line that is no answer: a library wrote it, and the answer is still to come. */
function parseAnswer(line: string): KeychainAnswer | undefined {
  try {
    const answer: KeychainAnswer | null = JSON.parse(line);
    return answer ?? undefined;
  } catch {
    return undefined;
  }
}
