SELECT fingerprint, relation, confidence, quote_from, quote_to
FROM link_verdicts
WHERE fingerprint = ANY (%(fingerprints)s::text[])
