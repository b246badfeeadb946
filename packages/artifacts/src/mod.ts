export {
  ArtifactCorruptError,
  ArtifactNotFoundError,
  type Artifacts,
  type ArtifactStore,
  type StoredArtifact,
} from "./store.ts";
