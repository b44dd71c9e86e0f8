-- The search of the whole register: own codes, names, numbers and titles, folded, by trigrams.

CREATE INDEX ix_colocation_agreement_words ON colocation_agreement USING gin (fold((coalesce(number, '') || ' ') ||
    title) gin_trgm_ops);
CREATE INDEX ix_colocation_request_words ON colocation_request USING gin (fold((coalesce(number, '') || ' ') || title)
    gin_trgm_ops);
CREATE INDEX ix_occupation_words ON occupation USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops);
CREATE INDEX ix_organisation_search_text ON organisation USING gin (search_text gin_trgm_ops);
CREATE INDEX ix_route_item_words ON route_item USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops);
CREATE INDEX ix_street_words ON street USING gin (fold((coalesce(code, '') || ' ') || name) gin_trgm_ops);
CREATE INDEX ix_structure_folded_own_code ON structure (fold(own_code));
CREATE INDEX ix_structure_search ON structure USING gin (search_text gin_trgm_ops);
CREATE INDEX ix_violation_words ON violation USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops);
