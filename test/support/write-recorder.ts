import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executableUnderTest } from './executable-under-test.ts';
import { type RunResult, testedProgram } from './sandbox.ts';
import type { Stage } from './stage.ts';

// This library, preloaded before libc, appends every write and its target to RECORD_WRITES_TO. It replaces
// strace, which a container may not permit. The executable makes its own system calls, which only strace
// sees.
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void record(int fd, const void *data, size_t size) {
  const char *file = getenv("RECORD_WRITES_TO");
  char link[64], target[PATH_MAX], head[PATH_MAX + 64];
  if (!file || size == 0) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  int out = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return;
  size_t start = snprintf(head, sizeof head, "%d %s ", fd, target);
  char *line = malloc(start + 2 * size + 1);
  memcpy(line, head, start);
  for (size_t i = 0; i < size; i++) sprintf(line + start + 2 * i, "%02x", ((const unsigned char *)data)[i]);
  line[start + 2 * size] = '\\n';
  syscall(SYS_write, out, line, start + 2 * size + 1);
  free(line);
  close(out);
}

ssize_t write(int fd, const void *data, size_t size) {
  record(fd, data, size);
  return syscall(SYS_write, fd, data, size);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  record(fd, data, size);
  return syscall(SYS_pwrite64, fd, data, size, offset);
}
static void record_vector(int fd, const struct iovec *vector, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) size += vector[i].iov_len;
  char *all = malloc(size + 1), *end = all;
  for (size_t i = 0; i < count; i++) end = mempcpy(end, vector[i].iov_base, vector[i].iov_len);
  record(fd, all, size);
  free(all);
}
ssize_t writev(int fd, const struct iovec *vector, int count) {
  record_vector(fd, vector, count);
  return syscall(SYS_writev, fd, vector, count);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  record_vector(fd, message->msg_iov, message->msg_iovlen);
  return syscall(SYS_sendmsg, fd, message, flags);
}
ssize_t send(int fd, const void *data, size_t size, int flags) {
  record(fd, data, size);
  return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}
`;

interface Write {
  descriptor: number;
  /** The target of the descriptor: `/a/file`, `socket:[1]`, `pipe:[2]`. */
  target: string;
  data: Buffer;
}

export interface WriteRecorder {
  /** Runs `daypass --profile developer …` to its end. */
  run(args?: readonly string[]): Promise<RunResult>;
  /** Returns every write so far. */
  writes(): Write[];
  remove(): void;
}

/** Records the writes of daypass and of the processes that it starts, in this environment. */
export function recordWrites(
  { sandbox }: Pick<Stage, 'sandbox'>,
  env: Readonly<Record<string, string>> = {},
): WriteRecorder {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-writes-'));
  const file = join(folder, 'writes');
  const recorder = executableUnderTest ? byStrace(file) : byLibrary(folder, file, env);
  return {
    run: (args = []) =>
      sandbox.runProgram([...recorder.before, ...testedProgram.words, ...args, '--profile', 'developer'], {
        env: { ...env, ...recorder.env },
        timeoutMs: 60_000,
      }),
    writes() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
      return lines.flatMap(recorder.read);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A way to record writes: words before the command, variables, and a parser for a line of the record. */
interface Means {
  before: readonly string[];
  env: Readonly<Record<string, string>>;
  read(line: string): Write[];
}

function byLibrary(folder: string, file: string, env: Readonly<Record<string, string>>): Means {
  const library = join(folder, 'recorder.so');
  writeFileSync(join(folder, 'recorder.c'), source);
  const output = ['-shared', '-fPIC', '-O1', '-o', library, join(folder, 'recorder.c')];
  execFileSync('g++', ['-x', 'c', ...output, '-ldl']);
  const preloaded = env.LD_PRELOAD ? `${env.LD_PRELOAD}:${library}` : library;
  return {
    before: [],
    env: { LD_PRELOAD: preloaded, RECORD_WRITES_TO: file },
    read(line) {
      const [descriptor = '', target = '', data = ''] = line.split(' ');
      return [{ descriptor: Number(descriptor), target, data: Buffer.from(data, 'hex') }];
    },
  };
}

function byStrace(file: string): Means {
  const calls = 'trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg';
  const options = ['-f', '-y', '-xx', '--string-limit=1000000', '-e', calls, '-o', file];
  const bytes = (text: string) => Buffer.from(text.replaceAll('\\x', ''), 'hex');
  return {
    before: ['/usr/bin/strace', ...options],
    env: {},
    read(line) {
      const [, descriptor, target = '', rest = ''] = /^\d+ +\w+\((\d+)<([^>]*)>(.*)/.exec(line) ?? [];
      if (descriptor === undefined) return [];
      // A message may also contain an address in quotes. Keep it: it only makes the data longer.
      const data = [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => bytes(text));
      const shown = target.startsWith('\\x') ? `${bytes(target)}` : target;
      return [{ descriptor: Number(descriptor), target: shown, data: Buffer.concat(data) }];
    },
  };
}
