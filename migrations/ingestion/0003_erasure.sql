CREATE TABLE "ingestion"."erasure" (
	"project" text NOT NULL,
	"document_id" text NOT NULL,
	"state" text NOT NULL,
	"by" text NOT NULL,
	"places" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "erasure_project_document_id_pk" PRIMARY KEY("project","document_id")
);
