-- The one mapping to which a token is limited; NULL: to its tenant.
ALTER TABLE token ADD COLUMN mapping TEXT;
