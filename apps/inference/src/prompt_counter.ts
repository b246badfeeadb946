/** Counts prompts as the version's corpus profile counts documents. Only the counts leave this process. */
import type { Artifacts } from "@millrace/artifacts";
import { ServingPackage, type TrafficWindow } from "@millrace/contracts";
import { addPrompt, openingOf } from "@millrace/features";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";

/** Packages whose tokenizers are kept. */
const MOST_KNOWN = 8;

interface Known {
  /** Null where the package was made before there were profiles. */
  readonly profile: string | null;
  readonly tokenizer: Tokenizer;
}

export interface PromptCounter {
  /**
   * Counts prompts in the bins of a profile.
   * @param package_ Hash of the version's serving package.
   * @param prompts Token ids of each.
   * @returns Null if the version has no profile.
   * @throws If the package or its tokenizer cannot be read.
   */
  count(
    artifacts: Artifacts,
    package_: string,
    prompts: readonly (readonly number[])[],
  ): Promise<TrafficWindow["prompts"]>;
}

/** Makes a counter; it reads each package once. */
export function createPromptCounter(): PromptCounter {
  const known = new Map<string, Known>();

  async function read(artifacts: Artifacts, package_: string): Promise<Known> {
    const found = known.get(package_);
    if (found !== undefined) return found;
    const text = async (sha256: string): Promise<string> => new TextDecoder().decode(await artifacts.bytes(sha256));
    const served = ServingPackage.parse(JSON.parse(await text(package_)));
    const made = {
      profile: served.profile?.sha256 ?? null,
      tokenizer: loadTokenizer(await text(served.tokenizer.sha256)),
    };
    const [oldest] = known.keys();
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.set(package_, made);
    return made;
  }

  return {
    async count(artifacts, package_, prompts) {
      const { profile, tokenizer } = await read(artifacts, package_);
      if (profile === null) return null;
      const features: Record<string, number[]> = {};
      for (const ids of prompts) {
        const text = openingOf(tokenizer.decode(ids));
        if (text !== undefined) addPrompt(features, { text, tokens: tokenizer.encodeOrdinary(text) });
      }
      return { profile, features };
    },
  };
}
