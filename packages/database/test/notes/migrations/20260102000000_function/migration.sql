ALTER TABLE "Note" ALTER COLUMN "text" DROP DEFAULT;
CREATE FUNCTION shout(line text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN upper(line) || '; ';
END;
$$;
