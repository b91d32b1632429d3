// Runs before everything else, in syntax that an old Node has: the other files would be syntax errors there,
// or fail later. The limits are the first versions with everything that daypass uses; require() of an ES
// module came last.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20) || major === 21 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `daypass: old-node: ${JSON.stringify(process.execPath)} is Node ${process.version}, and daypass needs 20.20, 22.12 or newer\n` +
      'hint: install a newer Node, and put it before this one on PATH\n',
  );
  process.exit(64);
}
