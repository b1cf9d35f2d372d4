export { projectOf, readProject, Project } from './project.ts';
export { formatViolation, type Rule, type Violation } from './rule.ts';
export { rules } from './rules/index.ts';
