-- The probability with which the source let us see a post like this (inclusion.ts); shares weigh by its inverse.
ALTER TABLE undercurrent.mentions ADD COLUMN IF NOT EXISTS inclusion Float64 DEFAULT 1;
