import { spawnSync } from 'node:child_process';
import type { OddFile } from './odd-aws-files.ts';

/** What botocore makes of a file: its profiles with every value as one text, or why it refuses the file. */
export interface BotocoreAnswer {
  profiles?: Record<string, Record<string, string>>;
  /** The line that Python names, counted from 1, if it names one. */
  line?: number;
  fault?: string;
}

// A file in memory, as the disk would take longer than botocore. load_config decides whether the file can be read; without subsections, every value is one text.
const program = `
import base64, json, os, sys
from awscli.botocore.configloader import build_profile_map, load_config, raw_config_parse
file = open(os.memfd_create("aws"), "wb", buffering=0)
path = f"/proc/self/fd/{file.fileno()}"
for request in sys.stdin:
    kind, content = request.split(" ")
    file.seek(0)
    file.truncate()
    file.write(base64.b64decode(content))
    try:
        if kind == "config":
            load_config(path)
            profiles = build_profile_map(raw_config_parse(path, parse_subsections=False))["profiles"]
        else:
            raw_config_parse(path)
            profiles = raw_config_parse(path, parse_subsections=False)
        answer = {"profiles": profiles}
    except Exception as error:
        cause = error.__context__ or error
        line = getattr(cause, "lineno", None) or (getattr(cause, "errors", None) or [(None,)])[0][0]
        answer = {"fault": type(cause).__name__}
        if line:
            answer["line"] = line
    print(json.dumps(answer))
`;

/** Lets one process of botocore read all files. */
export function readByBotocore(files: readonly OddFile[]): BotocoreAnswer[] {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    input: files.map(({ kind, content }) => `${kind} ${content.toString('base64')}\n`).join(''),
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`botocore ended with ${status}: ${stderr}`);
  return stdout.split('\n', files.length).map((line) => JSON.parse(line));
}
