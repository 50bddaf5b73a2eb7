-- A crash of PostgreSQL empties it, which lets people try again; no login waits for the disk for it.
ALTER TABLE "rate_limit" SET UNLOGGED;
