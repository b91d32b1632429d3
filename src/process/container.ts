import { existsSync, readlinkSync } from 'node:fs';

/** What Docker and Podman put into each container. */
const marks = ['/.dockerenv', '/run/.containerenv'];

/** The inode of the first cgroup namespace, a constant of Linux: PROC_CGROUP_INIT_INO in proc_ns.h. */
const first = 'cgroup:[4026531835]';

/**
 * Returns whether this process is in a container, where root is often the only user. On hosts with cgroup v2,
 * engines give each container a cgroup namespace of its own, which `sudo` and WSL do not. On hosts with v1,
 * Podman, LXC and systemd-nspawn set `container`, Kubernetes sets its own variable, and Docker makes a file.
 */
export function isInContainer({ container, KUBERNETES_SERVICE_HOST }: NodeJS.ProcessEnv): boolean {
  if (process.platform !== 'linux') return false;
  if (container || KUBERNETES_SERVICE_HOST || marks.some((path) => existsSync(path))) return true;
  try {
    return readlinkSync('/proc/self/ns/cgroup') !== first;
  } catch {
    // A kernel without cgroups, or no /proc.
    return false;
  }
}
