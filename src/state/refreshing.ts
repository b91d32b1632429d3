import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFileIfAny, replaceFile } from './directory.ts';

// Kept from just before a refresh token is posted until its successor is saved. Should the process end in between, the next one can say
// why the person has to sign in again. No secret: it counts the tokens.

export function noteRefresh(signInFolder: string, generation: number): void {
  replaceFile(path(signInFolder), JSON.stringify({ version: 1, generation }));
}

export function forgetRefresh(signInFolder: string): void {
  rmSync(path(signInFolder), { force: true });
}

/** Whether the refresh token of this generation was posted by a process that did not live to save its successor. */
export function wasInterrupted(signInFolder: string, generation: number): boolean {
  return readFileIfAny(path(signInFolder)) === JSON.stringify({ version: 1, generation });
}

function path(signInFolder: string): string {
  return join(signInFolder, 'refreshing.json');
}
