import { npmProgram } from './support/sandbox.ts';
import { tellStories } from './support/stories.ts';

tellStories(npmProgram, 'artifacts');
