-- An account may keep another spelling of an identifier than the one that requests are counted by.
ALTER TABLE challenges ADD COLUMN spelling TEXT; -- the identifier to the letter as it was asked with; null: as it stands in identifier
