-- Embeddings as one byte a dimension (unit length times 127, rounded) in base64: a quarter of the bytes, and a thousand
-- of them read in milliseconds. Those kept as floats before are let go: themes of old windows do without.
ALTER TABLE undercurrent.mentions ADD COLUMN IF NOT EXISTS vector String CODEC(ZSTD(1));
ALTER TABLE undercurrent.mentions DROP COLUMN IF EXISTS embedding;
