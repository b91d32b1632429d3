import { existsSync, readlinkSync } from 'node:fs';

/** What Docker and Podman put into each container. */
const marks = ['/.dockerenv', '/run/.containerenv'];

/** The inode of the first cgroup namespace, a constant of Linux: PROC_CGROUP_INIT_INO in proc_ns.h. */
const first = 'cgroup:[4026531835]';

/**
 * Returns whether this process is in a container, where root is often the only user. Every engine gives a
 * container a cgroup namespace of its own on hosts with cgroup v2; `sudo`, WSL and systemd's services do not.
 * Podman, LXC and systemd-nspawn set `container`, and Kubernetes its own variable, on hosts with v1 too.
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
