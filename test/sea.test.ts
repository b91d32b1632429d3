// The single executable, on a PATH without Node.
import { buildExecutable } from './support/executable.ts';
import { tellStories } from './support/stories.ts';

const executable = buildExecutable();

tellStories(executable, 'artifacts/sea');
