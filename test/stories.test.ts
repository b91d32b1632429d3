import { testedProgram } from './support/sandbox.ts';
import { tellStories } from './support/stories.ts';

tellStories(testedProgram, 'artifacts');
