/** A short text about an animal; two of them alone are near copies, so what is to be told apart has words of its own. */
export const story = (animal: string, place: string): string =>
  `The ${animal} of the ${place} sleeps under the third willow and is seen at dawn, when the sluice is shut and the water of the
pond lies still. Nobody at the ${place} has told the miller about the ${animal}, and the miller has not asked anybody for it.\n`;

/** Five files with four texts. */
export const STORIES = {
  "otter.md": story("otter", "upper pond"),
  "otter-copy.md": story("otter", "upper pond"),
  "heron.md": story("heron", "lower ford").replaceAll("sleeps", "stands for an hour"),
  "badger.md": story("badger", "old bridge").replaceAll("willow", "arch of the bridge by the orchard"),
  "mole.md": story("mole", "long meadow").replaceAll("seen at dawn", "never seen by anybody who walks by day"),
};
