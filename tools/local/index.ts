export { prepareJavaClient, type JavaClientKit } from './java-client.ts';
export { LocalPartsError, type LocalPartsCode } from './errors.ts';
export { isFolderHeld } from './folder.ts';
export { countBrokers } from './kafka-protocol.ts';
export type { Part } from './part.ts';
export {
  prepareParts,
  startParts,
  type Parts,
  type PreparePartsOptions,
  type StartPartsOptions,
} from './parts.ts';
export { fileTrouble } from './file-reason.ts';
export { requireFreeFolder, requireRunFolder } from './run-folder.ts';
export { repositoryRoot, storeRoot } from './places.ts';
