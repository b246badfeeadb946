/**
 * A small corpus for the tests of apps that read one, in the form that ingestion gives it.
 *
 * @module
 */
export { type SampleCorpus, sampleDocument, storeCorpus } from "./sample_corpus.ts";
