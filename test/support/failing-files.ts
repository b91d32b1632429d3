import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A library between a program and libc. Calls that create or change a file below FAILING_BELOW fail with
// FAILING_ERRNO, as on a full or read-only disk. A real one needs a mount, which is not allowed everywhere. With
// FAILING_TIMES only so many calls fail that replace or remove FAILING_BELOW, as if another program had it open.
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

static int fails(const char *path) {
  const char *below = getenv("FAILING_BELOW"), *number = getenv("FAILING_ERRNO");
  char whole[2 * PATH_MAX];
  if (!below || !number) return 0;
  if (path[0] == '/') snprintf(whole, sizeof whole, "%s", path);
  else {
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) return 0;
    snprintf(whole, sizeof whole, "%s/%s", here, path);
  }
  if (strncmp(whole, below, strlen(below)) != 0) return 0;
  if (getenv("FAILING_TIMES") && whole[strlen(below)]) return 0;
  errno = atoi(number);
  return 1;
}

static int open_as(const char *name, const char *path, int flags, int mode) {
  typedef int (*opener)(const char *, int, ...);
  opener real = (opener)dlsym(RTLD_NEXT, name);
  if (!getenv("FAILING_TIMES") && (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(path)) return -1;
  return real(path, flags, mode);
}
int open(const char *path, int flags, ...) {
  va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest);
  return open_as("open", path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest);
  return open_as("open64", path, flags, mode);
}
int mkdir(const char *path, mode_t mode) {
  __typeof__(&mkdir) real = (__typeof__(&mkdir))dlsym(RTLD_NEXT, "mkdir");
  return !getenv("FAILING_TIMES") && fails(path) ? -1 : real(path, mode);
}
static int is_in_use(const char *path) {
  static int times = 0;
  const char *most = getenv("FAILING_TIMES");
  return fails(path) && (!most || times++ < atoi(most));
}
int rename(const char *from, const char *to) {
  __typeof__(&rename) real = (__typeof__(&rename))dlsym(RTLD_NEXT, "rename");
  return is_in_use(to) ? -1 : real(from, to);
}
int unlink(const char *path) {
  __typeof__(&unlink) real = (__typeof__(&unlink))dlsym(RTLD_NEXT, "unlink");
  return getenv("FAILING_TIMES") && is_in_use(path) ? -1 : real(path);
}
int rmdir(const char *path) {
  __typeof__(&rmdir) real = (__typeof__(&rmdir))dlsym(RTLD_NEXT, "rmdir");
  return getenv("FAILING_TIMES") && is_in_use(path) ? -1 : real(path);
}
`;

const errno = { EPERM: 1, EACCES: 13, EBUSY: 16, ENOSPC: 28, EROFS: 30 };
export type FileFault = keyof typeof errno;
/** The faults of a disk or of a folder. */
export const fileFaults: readonly FileFault[] = ['EPERM', 'EACCES', 'ENOSPC', 'EROFS'];
/** The faults on Windows of a file that another program has open. */
export const faultsInUse: readonly FileFault[] = ['EPERM', 'EACCES', 'EBUSY'];

let library: string | undefined;

/** Returns the environment `other` of a program, which then cannot create or change files below `folder`. */
export function failingFiles(
  folder: string,
  fault: FileFault,
  other: Readonly<Record<string, string>> = {},
): Record<string, string> {
  library ??= build();
  const preloaded = other.LD_PRELOAD ? `${other.LD_PRELOAD}:${library}` : library;
  return {
    ...other,
    LD_PRELOAD: preloaded,
    FAILING_BELOW: folder,
    FAILING_ERRNO: String(errno[fault]),
  };
}

function build(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-failing-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'failing.c'), source);
  const built = join(folder, 'failing.so');
  execFileSync('g++', ['-x', 'c', '-shared', '-fPIC', '-O1', '-o', built, join(folder, 'failing.c'), '-ldl']);
  return built;
}
