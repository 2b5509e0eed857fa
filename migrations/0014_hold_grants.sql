-- A form that somebody has open is not ended by others that only open the link.
ALTER TABLE grants ADD COLUMN hold BIGINT NOT NULL DEFAULT 0; -- how far its holder has come: 0 no further than the link, 1 a browser has it, 2 its form was shown, 3 in use
