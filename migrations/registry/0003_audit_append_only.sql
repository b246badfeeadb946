-- What was done stays written: rows of the audit log are added and never changed.
CREATE FUNCTION "registry"."refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "registry"."audit" FOR EACH STATEMENT EXECUTE FUNCTION "registry"."refuse_audit_change"();
