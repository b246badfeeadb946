import S3rver from "s3rver";

export interface S3 {
  /** What `ARTIFACTS_URL` names it by: bucket `artifacts`, prefix `millrace/`. */
  readonly artifactsUrl: string;
  readonly accessKey: string;
  stop(): Promise<void>;
}

/** Starts an S3 server in this process. */
export async function startS3(directory: string): Promise<S3> {
  const configureBuckets = [{ name: "artifacts", configs: [] }];
  const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets });
  const { port } = await server.run();
  return {
    artifactsUrl: `s3://artifacts/millrace?endpoint=http://127.0.0.1:${port}`,
    accessKey: "S3RVER",
    stop: () => server.close(),
  };
}
